"""Sweeps over every operation of the API: scopes, things of another business in a body, and what no body may say."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.auth.rules import SCOPES
from tests.guards import sweeping
from tests.guards.api_bodies import API_BODIES
from tests.guards.route_access import PUBLIC, SCOPELESS
from tests.guards.route_table import OWN_FIELDS
from tests.guards.sweeping import (
    ACCESS,
    TABLE,
    Route,
    body_of,
    complain,
    digest,
    is_api,
    mutating,
    path,
    routes,
    send,
    things,
    visitor_of,
)

NOT_ASSIGNED = ("status", "total", "number", "business_id", "role", "paid_at")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

app, ours, theirs = sweeping.app, sweeping.ours, sweeping.theirs


def test_every_operation_that_takes_something_has_a_body_to_try(app):
    complain([
        f"{route}: nobody knows what it takes; add a body that works to API_BODIES in {TABLE}"
        for route in mutating(app) if _takes(app, route) and route.endpoint not in API_BODIES
    ])  # fmt: skip


def _takes(app: Flask, route: Route) -> Any:
    """The shape that an operation of the API takes, if it takes any."""
    declared = getattr(app.view_functions[route.endpoint], "operation", None)
    return declared.takes if declared is not None and route.endpoint not in PUBLIC else None


def test_no_token_opens_what_it_was_not_made_for(app, ours):
    """Every route of the API names a scope, and a token without it is refused whatever its owner may."""
    tokens = {scope: ours.api_token(scopes=[scope]) for scope in SCOPES}
    problems, program = [], app.test_client()
    for route in filter(is_api, routes(app)):
        wanted = getattr(app.view_functions[route.endpoint], "scope", None)
        if route.endpoint in PUBLIC or route.endpoint in SCOPELESS:
            continue
        if wanted not in SCOPES:
            problems.append(f"{route} declares no scope; if it needs none, say why in SCOPELESS of {ACCESS}")
            continue
        for scope, token in tokens.items():
            url = path(app, route, things(ours, route) if scope == wanted else {})
            status = send(program, route.method, url, Authorization=f"Bearer {token}").status_code
            if (status == 403) != (scope != wanted):
                problems.append(f"{route} answers {status} to a token for {scope}")
    complain(problems)


def test_another_business_s_ids_in_a_body_answer_like_ids_that_do_not_exist(app, ours, theirs):
    """A program is told the same of a thing that is another's and of one that is not there, and neither is done."""
    visitor, problems = visitor_of(ours), []
    for route in filter(is_api, mutating(app)):
        if route.endpoint in PUBLIC or route.endpoint not in API_BODIES:
            continue
        values, body = things(ours, route), json.dumps(body_of(route, theirs), default=str)
        made_up = _ID.sub(lambda _: str(uuid.uuid4()), body)
        if made_up == body:
            continue
        before, answers = digest(theirs), []
        for each in (body, made_up):
            answer = send(visitor, route.method, path(app, route, values), json.loads(each))
            answers.append((answer.status_code, _without_ids(answer)))
            if answer.status_code not in (404, 409, 422) and not _each_failed(answer):
                problems.append(f"{route} answers {answer.status_code} for things that are not ours in its body")
        if answers[0] != answers[1]:
            problems.append(f"{route} tells another's things from those that are not there: {answers}")
        if digest(theirs) != before:
            problems.append(f"{route} changed another business")
    complain(problems)


def _without_ids(answer: TestResponse) -> Any:
    told = json.loads(_ID.sub("an id", answer.text))
    return {name: told.get(name) for name in ("code", "message", "errors", "data")}


def _each_failed(answer: TestResponse) -> bool:
    """Whether an answer tells of several things that none of them was done."""
    return answer.status_code == 207 and not any(one["success"] for one in answer.get_json()["data"])


def test_no_body_assigns_what_only_duely_decides(app, ours):
    """Status, totals, numbers, owners and roles: a program that sends them is refused by their names."""
    visitor, problems = visitor_of(ours), []
    for route in filter(is_api, mutating(app)):
        shape = _takes(app, route)
        if shape is None:
            continue
        values, body = things(ours, route), body_of(route, ours)
        before = digest(ours)
        for name in NOT_ASSIGNED:
            if name in shape.model_fields and name in OWN_FIELDS.get(route.endpoint, ()):
                continue
            answer = send(visitor, route.method, path(app, route, values), {**body, name: body.get(name, "1")})
            if answer.status_code != 422 or name not in answer.get_json()["errors"]:
                problems.append(f"{route} answers {answer.status_code} to a body with {name}")
        if digest(ours) != before:
            problems.append(f"{route} changed something")
    complain(problems)


def test_nothing_is_done_to_another_version(app, ours):
    """If-Match holds for every operation: with a version that stands no more it answers 412, and without any 400."""
    visitor, problems = visitor_of(ours), []
    for route in filter(is_api, mutating(app)):
        declared = app.view_functions[route.endpoint].operation
        if route.endpoint in PUBLIC:
            continue
        values, body = things(ours, route), body_of(route, ours)
        before = digest(ours)
        answer = send(visitor, route.method, path(app, route, values), body, **{"If-Match": '"999999"'})
        if answer.status_code != (412 if declared.versioned else 400):
            problems.append(f"{route} answers {answer.status_code} to a version that is none")
        if digest(ours) != before:
            problems.append(f"{route} did it all the same")
    complain(problems)
