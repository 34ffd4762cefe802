"""Routers connected, changed, tried and removed by the API."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.billing.models import Router
from app.extensions import db
from app.vault import unseal
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")
AT = "/api/routers/"
CORE = {
    "driver": "routeros",
    "name": "Core",
    "address": "10.0.0.1",
    "username": "duely",
    "secret": "pässword",
    "options": {"tls": "on"},
}


def secrets(app: Any) -> list[str]:
    with app.app_context():
        found = [unseal(sealed) if sealed else "" for sealed in db.session.scalars(select(Router.secret))]
        db.session.remove()
    return found


def test_a_router_is_connected_and_its_secret_never_goes_out(app, program):
    answer = program.send("POST", AT, CORE)
    router = answer.get_json()["data"]
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{AT}{router['id']}/")
    assert (router["driver"], router["address"], router["port"], router["services"]) == (
        "routeros",
        "10.0.0.1",
        None,
        0,
    )
    assert router["options"]["tls"] == "on"
    assert router["options"]["throttle"] == "profile"
    assert secrets(app) == ["pässword"]
    for path in (AT, f"{AT}{router['id']}/", "/api/audit/"):
        assert "ssword" not in program.send("GET", path).text


def test_a_change_keeps_what_is_left_out_and_says_which_version_it_means(app, program):
    router = program.post(AT, CORE, 201)["data"]
    at = f"{AT}{router['id']}/"
    changed = program.patch(at, {"name": "Tower", "options": {"throttled_profile": "slow"}}, If_Match='"1"')["data"]
    assert changed == router | {
        "name": "Tower",
        "options": router["options"] | {"throttled_profile": "slow"},
        "version": 2,
    }
    assert program.patch(at, {"name": "Core"}, 412, If_Match='"1"')["current"] == changed
    assert program.patch(at, {"address": "203.0.113.9"}, 422)["errors"].keys() == {"secret"}
    assert secrets(app) == ["pässword"]
    moved = program.patch(at, {"address": "203.0.113.9", "secret": "another"})["data"]
    assert (moved["address"], moved["name"], secrets(app)) == ("203.0.113.9", "Tower", ["another"])


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"driver": "ssh"}, {"driver"}),
        ({"name": " "}, {"name"}),
        ({"address": "http://10.0.0.1/"}, {"address"}),
        ({"username": ""}, {"username"}),
        ({"secret": ""}, {"secret"}),
        ({"port": 70_000}, {"port"}),
        ({"options": {"engine": "mysql"}}, {"options.engine"}),
        ({"options": {"tls": "maybe"}}, {"options.tls"}),
        ({"options": {"throttle": "queue", "throttled_rate": "fast"}}, {"options.throttled_rate"}),
        ({"driver": "log"}, {"address", "username", "secret", "options.tls"}),
        ({"driver": "webhook", "address": "https://example.com/x"}, {"username", "options.tls"}),
    ],
)
@pytest.mark.engines("sqlite")
def test_what_is_wrong_with_a_router_is_said_by_its_path(app, program, change, paths):
    assert program.post(AT, CORE | change, 422)["errors"].keys() == paths
    assert secrets(app) == []


def test_a_try_is_asked_for_and_a_router_removed_when_nothing_is_on_it(app, program, ours):
    router = program.post(AT, {"driver": "log", "name": "Core"}, 201)["data"]
    at = f"{AT}{router['id']}/"
    tried = program.post(at + "try/", None, 202)["data"]
    assert (tried["tried"], tried["tried_at"] is None) == ("", False)
    with app.app_context():
        subscription = ours.subscription()
        db.session.remove()
    service = f"/api/subscriptions/{subscription}/service/"
    record = {"router_id": router["id"], "username": "ada"}
    program.ask("PUT", service, record)
    assert "services on this router" in program.post(at + "remove/", None, 409)["message"]
    program.post(service + "remove/")
    assert program.post(at + "remove/")["data"] is None
    program.get(at, 404)
    program.patch(at, {"name": "Core"}, 404)
    program.post(at + "remove/", None, 404)
    assert program.get(AT)["data"] == []


@pytest.mark.engines("sqlite")
def test_a_key_connects_one_router(program):
    body = {"driver": "log", "name": "Core"}
    first = program.post(AT, body, 201, Idempotency_Key="core")["data"]
    assert program.post(AT, body, 201, Idempotency_Key="core")["data"] == first
    assert [one["id"] for one in program.get(AT)["data"]] == [first["id"]]


@pytest.mark.engines("sqlite")
def test_who_may_change_routers(app, program, ours):
    at = f"{AT}{program.post(AT, CORE, 201)['data']['id']}/"
    with app.app_context():
        stranger = Program.of(app, a_business(app, "Savannah", "Koko"))
    stranger.get(at, 404)
    stranger.patch(at, {"name": "Mine"}, 404)
    for other in (Program.of(app, ours, "staff"), Program.of(app, ours, "admin", ("billing:write",))):
        other.post(AT, CORE, 403)
        other.patch(at, {"name": "Mine"}, 403)
    for verb in ("try/", "remove/"):
        stranger.post(at + verb, None, 404)
        Program.of(app, ours, "staff").post(at + verb, None, 403)
    for path in (AT, at):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
