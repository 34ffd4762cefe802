"""Sweeps over every route there is: who gets in, whose things are touched, and what a form must carry.

What the sweeps cannot know by themselves stands in `route_table.py`; a route that is missing there fails by name.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from app import clock
from app.auth.rules import ROLES, SCOPES, Role
from app.auth.service import links
from app.extensions import db
from app.reports.service import statement_link
from app.web.access import access_of
from tests.guards.route_table import BODIES, NOTED_BY_GET, PUBLIC, QUERIES, SECRETS, THINGS, VIEWER_MAY, WITHOUT_CSRF
from tests.support.story import Story, a_business

READING = {"GET", "HEAD", "OPTIONS"}
THEIR_CLIENT = "Koko Roastery"
TABLE = "tests/guards/route_table.py"


@pytest.fixture
def app(make_app, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with its context open; forms need no token unless a test switches that on."""
    monkeypatch.setattr("app.web.drawing.PAUSES", ())
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made
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
    """One request, with a clean database session before and after."""
    db.session.remove()
    data = {"data": form or {}} if method not in READING else {}
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


def things(story: Story, route: Route) -> dict[str, Any]:
    """Real objects of a business for the parameters of a route, in the order of the path."""
    made: dict[str, Any] = {}
    for name in route.parameters:
        if name in THINGS:
            made[name] = THINGS[name](story, made)
    db.session.remove()
    return {name: made[name] for name in route.parameters if name in made}


def digest(*stories: Story, apart_from: tuple[str, ...] = ()) -> str:
    """Everything that is stored for businesses. Sessions and tokens are left out: being seen is not a change."""
    key = (_stored_version(), stories, apart_from)
    if _digests.get("of") != key:
        _digests.update({"of": key, "is": _read_all(stories, apart_from)})
    return str(_digests["is"])


_digests: dict[str, Any] = {}
_watchers: dict[str, sqlite3.Connection] = {}


def _stored_version() -> tuple[str, int]:
    """A number that is another one as soon as anybody stored anything: most requests do not, and reading takes long."""
    file = str(db.engine.url.database)
    if file not in _watchers:
        _watchers[file] = sqlite3.connect(file)
    return file, _watchers[file].execute("PRAGMA data_version").fetchone()[0]


def _read_all(stories: tuple[Story, ...], apart_from: tuple[str, ...]) -> str:
    found = hashlib.sha256()
    for table in db.metadata.sorted_tables:
        column = table.c.get("business_id", table.c.id if table.name == "business" else None)
        if column is None or table.name in ("session", "api_token", *apart_from):
            continue
        for story in stories:
            rows = db.session.execute(select(table).where(column == story.business_id)).all()
            found.update(repr((table.name, sorted(map(repr, rows)))).encode())
    db.session.remove()
    return found.hexdigest()


def complain(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


# -- the table is complete ---------------------------------------------------------------------------------------------


def test_every_route_says_who_may_open_it(app):
    known = {"public", "signed_in", *ROLES}
    complain([f"{route} declares no access" for route in routes(app)
              if access_of(app, route.endpoint) not in known])  # fmt: skip


def test_every_parameter_of_every_path_has_a_fixture(app):
    complain([
        f"{route}: nobody knows how to make a {name!r}; add it to THINGS in {TABLE}"
        for route in routes(app) for name in route.parameters if name not in THINGS and name not in SECRETS
    ])  # fmt: skip


def test_only_the_listed_routes_are_open_to_strangers(app):
    opened = {route.endpoint for route in routes(app) if access_of(app, route.endpoint) == "public"}
    complain([f"{endpoint} is public; say why in PUBLIC of {TABLE}" for endpoint in sorted(opened - set(PUBLIC))])


def test_the_table_speaks_of_no_route_that_is_gone(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    listed = {*PUBLIC, *WITHOUT_CSRF, *VIEWER_MAY, *NOTED_BY_GET, *BODIES, *QUERIES}
    complain([f"{endpoint} stands in {TABLE} but is no route" for endpoint in sorted(listed - known)])


# -- who gets in -------------------------------------------------------------------------------------------------------


def test_every_other_route_asks_strangers_to_sign_in(app, ours):
    """For a program a cookie is none: who is signed in with a browser is a stranger to the API."""
    stranger, visitor, problems = app.test_client(), ours.visitor(), []
    for route in routes(app):
        if route.endpoint in PUBLIC:
            continue
        url = path(app, route, {})
        if is_api(route):
            signed_in = send(visitor, route.method, url)
            for answer in (send(stranger, route.method, url), signed_in):
                if answer.status_code != 401 or not answer.headers["WWW-Authenticate"].startswith("Bearer"):
                    problems.append(f"{route} answers {answer.status_code} to somebody without a token")
            continue
        page, part = send(stranger, route.method, url), send(stranger, route.method, url, **{"HX-Request": "true"})
        if page.status_code != 302 or not page.headers["Location"].startswith("/login/"):
            problems.append(f"{route} answers a stranger {page.status_code}")
        if part.status_code != 401 or not part.headers["HX-Redirect"].startswith("/login/"):
            problems.append(f"{route} answers a stranger's htmx {part.status_code}")
    complain(problems)


def test_a_viewer_changes_nothing(app, ours):
    viewer, problems = visitor_of(ours, "viewer"), []
    for route in mutating(app):
        if route.endpoint in PUBLIC or route.endpoint in VIEWER_MAY or route.endpoint in WITHOUT_CSRF:
            continue
        answer = send(viewer, route.method, path(app, route, things(ours, route)))
        if answer.status_code != 403:
            problems.append(f"{route} answers a viewer {answer.status_code}")
    complain(problems)


def test_no_token_opens_what_it_was_not_made_for(app, ours):
    """Every route of the API names a scope, and a token without it is refused whatever its owner may."""
    problems, browsers = [], {}
    for scope in SCOPES:
        browsers[scope] = app.test_client()
        browsers[scope].environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ours.api_token(scopes=[scope])}"
    for route in filter(is_api, routes(app)):
        wanted = getattr(app.view_functions[route.endpoint], "scope", None)
        if wanted not in SCOPES:
            problems.append(f"{route} declares no scope")
        for scope, browser in browsers.items():
            status = send(browser, route.method, path(app, route, things(ours, route))).status_code
            if (status == 403) != (scope != wanted):
                problems.append(f"{route} answers {status} to a token for {scope}")
    complain(problems)


def test_nobody_gets_in_with_a_role_below_the_declared_one(app, ours):
    below: dict[str, Role] = {role: ROLES[index - 1] for index, role in enumerate(ROLES) if index}
    visitors, problems = {role: visitor_of(ours, role) for role in set(below.values())}, []
    for route in routes(app):
        role = below.get(str(access_of(app, route.endpoint)))
        if role is None:
            continue
        answer = send(visitors[role], route.method, path(app, route, {}))
        if answer.status_code != 403:
            problems.append(f"{route} answers {role} {answer.status_code}")
    complain(problems)


# -- whose things ------------------------------------------------------------------------------------------------------


def owned(app: Flask) -> list[Route]:
    """Routes that name an object of a business in their path."""
    return [route for route in routes(app) if set(route.parameters) & set(THINGS)]


def test_another_business_s_ids_answer_like_ids_that_do_not_exist_and_change_nothing(app, ours, theirs):
    visitor, problems = visitor_of(ours), []
    for route in owned(app):
        foreign, mine = things(theirs, route), things(ours, route)
        body = BODIES.get(route.endpoint, lambda _: {})(ours)
        before = digest(ours, theirs)
        for values in _mixtures(mine, foreign):
            answer = send(visitor, route.method, path(app, route, values), body)
            if answer.status_code != 404:
                problems.append(f"{route} answers {answer.status_code} for another's {values}")
            if THEIR_CLIENT in answer.text:
                problems.append(f"{route} tells about another business")
        if digest(ours, theirs) != before:
            problems.append(f"{route} changed something")
    complain(problems)


def _mixtures(mine: dict[str, Any], foreign: dict[str, Any]) -> list[dict[str, Any]]:
    """All of another business, and each single thing of another business among ours; a secret is always our own."""
    secrets = {name: value for name, value in mine.items() if name in SECRETS}
    names = [name for name in foreign if name not in SECRETS]
    mixed = [{**mine, name: foreign[name]} for name in names] if len(names) > 1 else []
    return [{**foreign, **secrets}, *mixed]


def test_the_same_requests_find_one_s_own_things(app, ours):
    """Without this, a route that always answers 404 would pass the test above."""
    problems = []
    for route in owned(app):
        visitor = visitor_of(ours)
        body = BODIES.get(route.endpoint, lambda _: {})(ours)
        answer = send(visitor, route.method, path(app, route, things(ours, route)), body)
        if answer.status_code in (400, 401, 403, 404, 405, 500):
            problems.append(f"{route} answers its owner {answer.status_code}")
    complain(problems)


def test_another_business_s_ids_in_a_form_change_nothing_of_it(app, ours, theirs):
    visitor, problems = visitor_of(ours), []
    for route in mutating(app):
        if route.endpoint not in BODIES:
            continue
        body, before = BODIES[route.endpoint](theirs), digest(theirs)
        answer = send(visitor, route.method, path(app, route, things(ours, route)), body)
        if answer.status_code >= 500:
            problems.append(f"{route} answers {answer.status_code} for another's things in its form")
        if THEIR_CLIENT in answer.text:
            problems.append(f"{route} tells about another business")
        if digest(theirs) != before:
            problems.append(f"{route} changed another business")
    complain(problems)


def test_another_business_s_ids_in_a_query_tell_nothing(app, ours, theirs):
    visitor, problems = visitor_of(ours), []
    for route in routes(app):
        if route.endpoint not in QUERIES or route.method != "GET":
            continue
        query = urlencode(QUERIES[route.endpoint](theirs))
        answer = send(visitor, route.method, f"{path(app, route, things(ours, route))}?{query}")
        if answer.status_code >= 500 or THEIR_CLIENT in answer.text or "Savannah" in answer.text:
            problems.append(f"{route} answers {answer.status_code} and tells about another business")
        query = urlencode(QUERIES[route.endpoint](ours))
        if send(visitor, route.method, f"{path(app, route, {})}?{query}").status_code != 200:
            problems.append(f"{route} does not know its own things either")
    complain(problems)


def test_a_customer_s_link_opens_its_own_thing_and_nothing_else(app, ours, theirs):
    """A revoked link, a made-up one, one of another kind; and another customer's payment under one's own link."""
    invoice_id = ours.issued()
    token, other = ours.link(invoice_id), theirs.link(theirs.issued())
    foreign = {"attempt_id": theirs.attempt(theirs.issued()).id}
    revoked = ours.link(revoked_id := ours.issued())
    links.revoke_link(ours.owner, "invoice", revoked_id, now=clock.now())
    statement = statement_link(ours.owner, ours.client_id, now=clock.now()).split("/")[-2]
    customer, problems = app.test_client(), []
    for route in routes(app):
        if not route.endpoint.startswith("portal.") or "token" not in route.parameters:
            continue
        other_kind = token if route.rule.rule.startswith("/c/") else statement
        before = digest(ours, theirs, apart_from=("link", "printed_file", "job", "audit_event"))
        tries = [{"token": revoked}, {"token": "made-up"}, {"token": token[:-1]}, {"token": token + "A"}]
        tries += [{"token": other_kind}, {"token": statement[:-1]}, {"token": statement + "A"}]
        tries += [{"token": token, **foreign}, {"token": other[::-1]}] if "attempt_id" in route.parameters else []
        for values in tries:
            answer = send(customer, route.method, path(app, route, values))
            if answer.status_code != 404 or THEIR_CLIENT in answer.text:
                problems.append(f"{route} answers {answer.status_code} for {values}")
        if digest(ours, theirs, apart_from=("link", "printed_file", "job", "audit_event")) != before:
            problems.append(f"{route} changed something")
    complain(problems)


# -- forms -------------------------------------------------------------------------------------------------------------


def test_every_mutating_route_refuses_a_form_without_its_token(app, ours):
    app.config["WTF_CSRF_ENABLED"] = True
    visitor, problems = visitor_of(ours), []
    for route in mutating(app):
        if route.endpoint in WITHOUT_CSRF:
            continue
        url, before = path(app, route, things(ours, route)), digest(ours)
        answer = send(visitor, route.method, url, {"csrf_token": "forged"})
        if answer.status_code != 400:
            problems.append(f"{route} answers {answer.status_code} without a token")
        if digest(ours) != before:
            problems.append(f"{route} changed something without a token")
    complain(problems)


def test_nothing_is_changed_by_a_get(app, ours):
    visitor, problems = visitor_of(ours), []
    for route in routes(app):
        if route.method != "GET" or route.endpoint == "static":
            continue
        url, noted = path(app, route, things(ours, route)), NOTED_BY_GET.get(route.endpoint, ())
        before = digest(ours, apart_from=noted)
        answer = send(visitor, route.method, url)
        if answer.status_code >= 500:
            problems.append(f"{route} answers {answer.status_code}")
        if digest(ours, apart_from=noted) != before:
            problems.append(f"{route} changed something")
    complain(problems)


@pytest.mark.parametrize("text", ["%00", "..%2f..%2fetc", "0" * 300, "%F0%9F%92%B8", "'%20or%201=1--"])
def test_nonsense_in_a_path_is_never_a_500(app, ours, text):
    visitor, problems = visitor_of(ours), []
    for route in routes(app):
        url = re.sub(r"<[^>]*>", text, route.rule.rule)
        if route.rule.arguments and route.endpoint != "static":
            answer = send(visitor, route.method, url)
            if answer.status_code >= 500:
                problems.append(f"{route.method} {url} answers {answer.status_code}")
    complain(problems)
