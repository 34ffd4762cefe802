"""Webhooks by the API: who may have what told, which version is meant, and a secret that is replaced once a day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.hooks.rules import EVENTS
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")
AT = "/api/webhooks/"
URL = "https://example.com/duely"
SETTINGS = ("settings:read", "settings:write")


@pytest.fixture
def hook(program: Program) -> Any:
    return program.post(AT, {"url": URL, "events": ["invoice.paid"]}, 201)["data"]


def key(browser: Any, page: str) -> str:
    """The CSRF key of a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "events, scopes, lacks",
    [
        (["invoice.paid"], (), "invoices:read"),
        (["payment.refunded"], ("invoices:read",), "payments:read"),
        (["client.created"], ("invoices:read",), "clients:read"),
        (["subscription.billed"], ("invoices:read",), "billing:read"),
        (["service.suspended", "invoice.paid"], ("invoices:read",), "billing:read"),
        ([], ("invoices:read", "payments:read", "clients:read"), "billing:read"),
    ],
)
def test_a_token_hears_only_of_what_it_may_read(app, ours, program, hook, events, scopes, lacks):
    narrow = Program.of(app, ours, scopes=(*SETTINGS, *scopes))
    for refused in (
        narrow.post(AT, {"url": URL, "events": events}, 422),
        narrow.patch(f"{AT}{hook['id']}/", {"events": events}, 422),
    ):
        assert refused["errors"].keys() == {"events"}
        assert lacks in refused["errors"]["events"][0]
    assert [one["events"] for one in program.get(AT)["data"]] == [["invoice.paid"]]


def test_a_token_may_not_lead_elsewhere_what_it_may_not_read(app, ours, program, hook):
    narrow = Program.of(app, ours, scopes=SETTINGS)
    refused = narrow.patch(f"{AT}{hook['id']}/", {"url": "https://elsewhere.example/"}, 422)
    assert "invoices:read" in refused["errors"]["events"][0]
    assert program.get(f"{AT}{hook['id']}/")["data"]["url"] == URL


def test_a_token_that_may_read_it_all_and_people_at_their_browsers_hear_of_all(app, ours):
    reads = ("invoices:read", "payments:read", "clients:read", "billing:read")
    made = Program.of(app, ours, scopes=(*SETTINGS, *reads)).post(AT, {"url": URL}, 201)["data"]
    assert made["events"] == []
    with app.app_context():
        admin = ours.visitor("admin")
    new = "/settings/webhooks/new/"
    assert "The webhook is there" in admin.post(new, data={"url": URL, "csrf_token": key(admin, new)}).text
    Program.of(app, ours, scopes=(*SETTINGS, "payments:read")).post(
        AT, {"url": URL, "events": [one for one in EVENTS if one.startswith("payment.")]}, 201
    )


def test_a_type_named_twice_is_one(program):
    made = program.post(AT, {"url": URL, "events": ["invoice.paid", "client.created", "invoice.paid"]}, 201)["data"]
    assert made["events"] == ["client.created", "invoice.paid"]


@pytest.mark.parametrize("url", ["https://me:secret@example.com/", "https://:secret@example.com/", "https://a.b:0/"])
def test_an_address_with_a_password_or_port_zero_is_refused(program, url):
    assert program.post(AT, {"url": url}, 422)["errors"].keys() == {"url"}


VERBS = ["pause/", "resume/", "rotate-secret/", ""]


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_meant_for_an_older_version_is_not_done(program, hook, verb):
    at, method = f"{AT}{hook['id']}/", "POST" if verb else "DELETE"
    if verb == "resume/":
        program.post(f"{at}pause/")
    changed = program.patch(at, {"description": "Accounting"})["data"]
    refused = program.ask(method, at + verb, None, 412, If_Match='"1"')
    assert (refused["code"], refused["current"]) == ("precondition_failed", changed)
    assert program.get(at)["data"] == changed
    done = program.ask(method, at + verb, None, If_Match=f'"{changed["version"]}"')
    if verb:
        assert done["data"]["version"] == changed["version"] + 1
    else:
        program.get(at, 404)


def test_a_secret_is_not_replaced_again_while_the_one_before_it_signs(app, ours, program, hook, monkeypatch):
    at = f"{AT}{hook['id']}/"
    replaced = program.post(f"{at}rotate-secret/")["data"]
    assert replaced["secret"] != hook["secret"]
    until = clock.now() + timedelta(hours=24)
    refused = program.post(f"{at}rotate-secret/", status=409)
    assert f"{until:%B %Y}" in refused["message"]
    assert "is good until" in refused["message"]
    assert program.post(f"{at}rotate-secret/", status=409, If_Match=f'"{replaced["version"]}"')["code"] == "conflict"
    assert program.get(at)["data"]["version"] == replaced["version"]
    with app.app_context():
        page, admin = f"/settings/webhooks/{hook['id']}/", ours.visitor("admin")
    assert "Replace the secret" not in admin.get(page).text
    assert "then it can be replaced again" in admin.get(page).text
    asked = admin.get(f"{page}rotate/")
    done = admin.post(f"{page}rotate/", data={"csrf_token": key(admin, f"{page}edit/")})
    for answer in (asked, done):
        assert (answer.status_code, "is good until" in answer.text) == (409, True)
    later = until + timedelta(minutes=1)
    monkeypatch.setattr("app.clock.now", lambda: later)
    assert program.post(f"{at}rotate-secret/")["data"]["secret"] not in (hook["secret"], replaced["secret"])
