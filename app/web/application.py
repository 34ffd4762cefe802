"""The application's class: Flask without what nobody here uses, for each request would pay for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Flask, Request, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.routing import RequestRedirect

from app.errors import NotFound
from app.web.access import for_programs, is_api
from app.web.routing import LateRule


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie for people. Programs have none: their cookie is not read, and none is set."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """The session of a request; an empty one for a program."""
        return self.session_class() if for_programs(request.path) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where a page changed it."""
        if not is_api():
            super().save_session(app, session, response)


class Application(APIFlask):
    """Flask with our sessions and routes."""

    url_rule_class = LateRule
    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: no view of ours is a coroutine, and Flask asks twenty times a request."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Send browsers on to the address as it is written; programs are told, for few of them follow with a body."""
        elsewhere = request.routing_exception
        if isinstance(elsewhere, RequestRedirect) and for_programs(request.path):
            raise NotFound(f"There is nothing at this address. Did you mean {urlsplit(elsewhere.new_url).path}?")
        super().raise_routing_exception(request)
