"""Somebody's software that is told what happens: it writes down what it heard, and answers as it is asked to."""

from __future__ import annotations

import json
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app import clock
from app.hooks import service
from app.hooks.rules import EndpointValues
from tests.support.story import Story


class Receiver:
    """At `url`; it answers with `status`."""

    def __init__(self, server: HTTPServer) -> None:
        self.url, self.heard, self.status = server.url_for("/duely"), [], 200
        server.expect_request("/duely", method="POST").respond_with_handler(self._hear)

    def _hear(self, asked: Request) -> Response:
        self.heard.append((asked.headers, asked.get_data()))
        return Response("thanks", self.status)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    def told(self, room: str = "") -> list[tuple[str, str]]:
        """(type, kind of object) of all it heard, or of what begins with a word such as "payment"."""
        return [(one["type"], one["data"]["object"]) for one in self.events if one["type"].startswith(room)]


def listen(story: Story, receiver: Receiver, *events: str) -> tuple[Any, str]:
    """Have a receiver told; returns the id of its endpoint and its secret."""
    row, secret = service.add_endpoint(story.owner, EndpointValues(receiver.url, "", events), clock.now())
    return row.id, secret
