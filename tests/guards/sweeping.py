"""What sweeps over the route map are made of: every route, its address, somebody who asks, and what is stored."""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from app.auth.rules import Role
from app.extensions import db
from tests.guards.api_bodies import API_BODIES
from tests.guards.route_table import BODIES, THINGS
from tests.support.story import Story, a_business

READING = {"GET", "HEAD", "OPTIONS"}
THEIR_CLIENT = "Koko Roastery"
TABLE = "tests/guards/route_table.py"
ACCESS = "tests/guards/route_access.py"


@pytest.fixture
def app(make_app, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with its context open; forms need no token unless a test switches that on."""
    monkeypatch.setattr("app.web.drawing.PAUSES", ())
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made
    _kept.clear()
    while _watchers:
        _watchers.popitem()[1].close()


@pytest.fixture
def ours(app: Flask) -> Story:
    return a_business(app, "Harmattan Fibre")


@pytest.fixture
def theirs(app: Flask) -> Story:
    return a_business(app, "Savannah Coffee", THEIR_CLIENT)


@dataclass(frozen=True)
class Route:
    """A rule with one method and, where the path lists words to choose from, one of them."""

    rule: Rule
    method: str
    words: dict[str, str]

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    @property
    def parameters(self) -> list[str]:
        """What is asked for in the path, in its order, without words from a list."""
        return [name for is_parameter, name in self.rule._trace if is_parameter and name not in self.words]

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} {''.join(self.words.values())} ({self.endpoint})"


def routes(app: Flask) -> list[Route]:
    """Every route of the application."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        lists = {name: sorted(c.items) for name, c in rule._converters.items() if isinstance(c, AnyConverter)}
        for words in itertools.product(*lists.values()):
            chosen = dict(zip(lists, words, strict=True))
            found += [Route(rule, method, chosen) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def mutating(app: Flask) -> list[Route]:
    return [route for route in routes(app) if route.method not in READING]


def path(app: Flask, route: Route, values: dict[str, Any]) -> str:
    """The address of a route, with made-up values for parameters that are not given."""
    made_up = {name: uuid.uuid4() if name.endswith("_id") else "no-such-thing" for name in route.parameters}
    return str(app.url_map.bind("localhost").build(route.endpoint, {**made_up, **route.words, **values}))


def send(
    visitor: FlaskClient, method: str, url: str, form: dict[str, Any] | None = None, **headers: str
) -> TestResponse:
    """One request, with a clean database session before and after; to the API it goes as JSON."""
    db.session.remove()
    data: dict[str, Any] = {} if method in READING else {"data": form or {}}
    if data and url.startswith("/api/"):
        data = {"data": json.dumps(form or {}, default=str), "content_type": "application/json"}
    answer = visitor.open(url, method=method, headers=headers, **data)
    db.session.remove()
    return answer


def is_api(route: Route) -> bool:
    return route.rule.rule.startswith("/api/")


def visitor_of(story: Story, role: Role = "owner") -> FlaskClient:
    """A browser in which somebody is signed in, and which shows a token for everything with each request."""
    browser = story.visitor(role)
    browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {story.api_token(role)}"
    return browser


def body_of(route: Route, story: Story) -> dict[str, Any]:
    """What a route takes that names things of a business; empty where it takes nothing or names nothing."""
    made = (API_BODIES if is_api(route) else BODIES).get(route.endpoint)
    body = made(story) if made else {}
    db.session.remove()
    return body


def things(story: Story, route: Route) -> dict[str, Any]:
    """Real objects of a business for the parameters of a route, in the order of the path."""
    made: dict[str, Any] = {}
    for name in route.parameters:
        if name in THINGS:
            made[name] = THINGS[name](story, made)
    db.session.remove()
    return {name: made[name] for name in route.parameters if name in made}


def kept_things(story: Story, route: Route) -> dict[str, Any]:
    """The same of a business each time: for sweeps in which nothing may be changed, and which say so."""
    key = (story.business_id, tuple(route.parameters))
    if key not in _kept:
        _kept[key] = things(story, route)
    return dict(_kept[key])


def digest(*stories: Story, apart_from: tuple[str, ...] = ()) -> str:
    """Everything that is stored for businesses. Sessions and tokens are left out: being seen is not a change."""
    key = (_stored_version(), stories, apart_from)
    if _digests.get("of") != key:
        _digests.update({"of": key, "is": _read_all(stories, apart_from)})
    return str(_digests["is"])


_kept: dict[Any, dict[str, Any]] = {}
_digests: dict[str, Any] = {}
_watchers: dict[str, sqlite3.Connection] = {}


def _stored_version() -> tuple[str, int]:
    """A number that is another one as soon as anybody stored anything: most requests do not, and reading takes long."""
    file = str(db.engine.url.database)
    if file not in _watchers:
        _watchers[file] = sqlite3.connect(file)
    return file, _watchers[file].execute("PRAGMA data_version").fetchone()[0]


def _read_all(stories: tuple[Story, ...], apart_from: tuple[str, ...]) -> str:
    """As it lies in the file: to make uuids and moments of all there is, hundreds of times, would take minutes."""
    found, stored = hashlib.sha256(), _watchers[str(db.engine.url.database)]
    for table in db.metadata.sorted_tables:
        column = "id" if table.name == "business" else "business_id"
        if column not in table.c or table.name in ("session", "api_token", *apart_from):
            continue
        for story in stories:
            query = f'SELECT * FROM "{table.name}" WHERE "{column}" = ?'
            rows = stored.execute(query, (story.business_id.hex,)).fetchall()
            assert rows or table.name != "business", "whose rows these are is stored in another way"
            found.update(repr((table.name, sorted(map(repr, rows)))).encode())
    return found.hexdigest()


def complain(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)
