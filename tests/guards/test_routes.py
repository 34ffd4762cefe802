"""Sweeps over every route there is: who gets in, whose things are touched, and what a form must carry.

What the sweeps cannot know by themselves stands in `route_table.py` and `route_access.py`; a route that is
missing there fails by name.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app import clock
from app.auth.rules import ROLES, Role
from app.auth.service import links
from app.reports.service import statement_link
from app.web.access import access_of
from tests.guards import sweeping
from tests.guards.api_bodies import API_BODIES
from tests.guards.route_access import PUBLIC, SCOPELESS, VIEWER_MAY, WITHOUT_CSRF
from tests.guards.route_table import BODIES, NOTED_BY_GET, OWN_FIELDS, QUERIES, SECRETS, THINGS
from tests.guards.sweeping import (
    ACCESS,
    TABLE,
    THEIR_CLIENT,
    Route,
    body_of,
    complain,
    digest,
    is_api,
    kept_things,
    mutating,
    path,
    routes,
    send,
    things,
    visitor_of,
)

app, ours, theirs = sweeping.app, sweeping.ours, sweeping.theirs


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
    complain([f"{endpoint} is public; say why in PUBLIC of {ACCESS}" for endpoint in sorted(opened - set(PUBLIC))])


def test_the_table_speaks_of_no_route_that_is_gone(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    listed = {
        *PUBLIC,
        *WITHOUT_CSRF,
        *VIEWER_MAY,
        *NOTED_BY_GET,
        *BODIES,
        *API_BODIES,
        *SCOPELESS,
        *OWN_FIELDS,
        *QUERIES,
    }
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
        answer = send(viewer, route.method, path(app, route, kept_things(ours, route)))
        if answer.status_code != 403:
            problems.append(f"{route} answers a viewer {answer.status_code}")
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
        foreign, mine = kept_things(theirs, route), kept_things(ours, route)
        body = body_of(route, ours)
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
        body = body_of(route, ours)
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
        # A program brings no cookie, so nobody's browser can be made to ask in its stead: its token is what counts.
        if route.endpoint in WITHOUT_CSRF or is_api(route):
            continue
        url, before = path(app, route, kept_things(ours, route)), digest(ours)
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
        url, noted = path(app, route, kept_things(ours, route)), NOTED_BY_GET.get(route.endpoint, ())
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
