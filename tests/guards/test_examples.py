"""Every documented operation has an example, and it runs: what the document shows is sent as it stands there.

Only ids and days to come are exchanged, for those of things that exist: a field's name says of what kind its id is.
What an operation is asked for stands in the path, made as the sweeps make it or in the state of `example_states`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.web.api import document
from tests.guards import sweeping
from tests.guards.example_states import BEFORE, NAMED, STATES, work_off
from tests.guards.sweeping import Route, complain, is_api, path, routes, send, things, visitor_of
from tests.support.program import hold
from tests.support.story import Story

app, ours = sweeping.app, sweeping.ours


def test_every_example_runs_and_is_answered_as_the_document_says(app, ours):
    visitor, problems, spec = visitor_of(ours), [], document.text()
    operations = [route for route in routes(app) if is_api(route) and declared(app, route)]
    by_name = {route.endpoint: route for route in operations}
    for route in operations:
        values = dict(things(ours, route))
        values |= STATES[route.endpoint](ours) if route.endpoint in STATES else {}
        if route.endpoint in BEFORE:
            first = by_name[BEFORE[route.endpoint]]
            assert run(app, visitor, first, ours, values)[1].status_code < 300, first
            work_off(ours, values)
        url, answer = run(app, visitor, route, ours, values)
        said = declared(app, route)
        if answer.status_code not in (said.status, *(status for status in said.also if status < 300)):
            problems.append(f"{route} answers {answer.status_code}: {answer.text[:400]}")
        try:
            hold(spec, route.method, url, answer)
        except AssertionError as error:
            problems.append(f"{route}: {error}")
    complain(problems)


def declared(app: Flask, route: Route) -> Any:
    return getattr(app.view_functions[route.endpoint], "operation", None)


def run(
    app: Flask, visitor: FlaskClient, route: Route, story: Story, values: dict[str, Any]
) -> tuple[str, TestResponse]:
    """Send the example of an operation: where to, and the answer."""
    body = shown(declared(app, route).takes_example, story, values)
    db.session.remove()
    url = path(app, route, {name: value for name, value in values.items() if name in route.parameters})
    return url, send(visitor, route.method, url, body)


def shown(value: Any, story: Story, values: dict[str, Any]) -> Any:
    """An example with the ids of things that exist."""
    if isinstance(value, list):
        return [shown(one, story, values) for one in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, given in value.items():
        if name in NAMED and isinstance(given, str):
            found[name] = str(values.get(name) or NAMED[name](story))
        else:
            found[name] = shown(given, story, values)
    return found


def test_every_operation_that_takes_something_shows_what(app):
    complain([
        f"{route} takes a body and shows none" for route in routes(app)
        if is_api(route) and (said := declared(app, route)) and said.takes is not None and said.takes_example is None
    ])  # fmt: skip
