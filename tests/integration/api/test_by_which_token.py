"""The audit trail says by which token a program acted, and that programs were signed out and tokens stolen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app import bulk, clock
from app.auth.models import AuditEvent
from app.auth.rules import Token
from app.auth.service import api_tokens
from app.auth.trails import trail
from app.database import new_id, writing
from app.extensions import db
from app.hooks import service as hooks
from app.hooks.models import Delivery
from app.hooks.rules import EndpointValues
from tests.support.program import Program
from tests.support.story import PASSWORD, Story

SCOPES = ["settings:write", "invoices:write", "invoices:read", "clients:write", "billing:write"]
ISSUE = "/api/billing/invoices/{}/issue/"


@pytest.fixture
def export(app: Flask, ours: Story) -> tuple[Program, str]:
    """A token with a name, and its id."""
    with app.app_context():
        made = api_tokens.make_own(ours.owner, "Accounting export", SCOPES, 9, now=clock.now())
        db.session.remove()
    return Program(app, made[1]), str(made[0])


@pytest.fixture
def signed_in(app: Flask, program: Program) -> tuple[Program, str]:
    """A program that signed in, and its refresh token."""
    asked = {"email": program.get("/api/auth/me/")["data"]["email"], "password": PASSWORD}
    pair = Program(app, "").post("/api/auth/token/", asked)["data"]
    return Program(app, pair["access_token"]), pair["refresh_token"]


def drafted(app: Flask, ours: Story) -> str:
    with app.app_context():
        draft_id = ours.draft()
        db.session.remove()
    return str(draft_id)


def test_the_trail_names_the_token_and_finds_what_was_done_with_it(app, ours, program, export):
    asked, token_id = export
    asked.patch("/api/settings/", {"terms_days": 3})
    program.patch("/api/settings/", {"terms_days": 5})
    told = {"id": token_id, "kind": "personal", "name": "Accounting export"}
    by_other, by_export = program.get("/api/audit/?verb=changed_settings")["data"]
    assert by_export["actor"] == {
        "kind": "person",
        "id": str(ours.owner.person_id),
        "name": ours.owner.name,
        "token": told,
    }
    # Made without a name, as on the server.
    assert (by_other["actor"]["token"]["kind"], by_other["actor"]["token"]["name"]) == ("personal", "")
    found = program.get(f"/api/audit/?token_id={token_id}")["data"]
    assert [one["id"] for one in found] == [by_export["id"]]


def test_a_program_that_signed_in_is_told_from_a_token_and_from_a_browser(app, ours, program, signed_in):
    signed_in[0].patch("/api/settings/", {"terms_days": 3})
    [row] = [one for one in program.get("/api/tokens/")["data"] if one["kind"] == "signed_in"]
    told = program.get(f"/api/audit/?token_id={row['audit_id']}")["data"]
    assert [one["verb"] for one in told] == ["changed_settings", "signed_in"]
    assert told[0]["actor"]["token"] == {"id": row["audit_id"], "kind": "signed_in", "name": ""}
    drafted(app, ours)
    [by_hand] = program.get("/api/audit/?verb=drafted")["data"]
    assert (by_hand["actor"]["name"], by_hand["actor"]["token"]) == (ours.owner.name, None)


@pytest.mark.parametrize(
    "which, words", [("export", "by the token “Accounting export”"), ("signed_in", "by a program that signed in")]
)
def test_pages_that_name_the_person_name_the_token(app, ours, which, words, request):
    asked, _ = request.getfixturevalue(which)
    draft_id = drafted(app, ours)
    asked.post(ISSUE.format(draft_id))
    with app.app_context():
        browser = ours.visitor()
    person = f"{ours.owner.name}, {words}"
    assert f"by {person}" in browser.get(f"/invoices/{draft_id}/").text
    assert person in browser.get(f"/clients/{ours.client_id}/").text
    assert f"issued by a program of {ours.owner.name.split()[0]}" in browser.get("/").text


def test_a_subscription_s_page_names_it_too(app, ours, export):
    asked, _ = export
    with app.app_context():
        subscription_id = ours.subscription()
        db.session.remove()
    asked.post(f"/api/subscriptions/{subscription_id}/pause/", {"reason": "Away"})
    with app.app_context():
        browser = ours.visitor()
    page = browser.get(f"/billing/subscriptions/{subscription_id}/").text
    assert f"by {ours.owner.name}, by the token “Accounting export”" in page


def test_what_is_written_by_the_thousand_names_it(app, ours, export):
    with app.app_context(), writing():
        actor = replace(ours.owner, token=Token(new_id(), "Accounting export"))
        sheet = trail(actor, clock.now())
        sheet.add((new_id().hex, "counted", "invoice", new_id().hex, None, "{}"))
        bulk.write((sheet,))
    with app.app_context():
        row = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "counted")).one()
        assert (row.token_id, row.token_name) == (actor.token.id, "Accounting export")


def test_a_refresh_token_that_comes_again_is_noted_with_where_it_came_from(app, ours, program, signed_in):
    stranger, refresh = Program(app, ""), signed_in[1]
    stranger.post("/api/auth/token/", {"refresh_token": refresh})
    assert program.get("/api/audit/?verb=refresh_token_reused")["data"] == []
    for _ in range(2):
        stranger.post("/api/auth/token/", {"refresh_token": refresh}, 401)
    [noted] = program.get("/api/audit/?verb=refresh_token_reused")["data"]
    assert (noted["actor"]["kind"], noted["ip"]) == ("system", "127.0.0.1")
    assert noted["facts"] == {"ended": 3, "person_id": str(ours.owner.person_id)}


def test_a_token_that_nobody_was_given_leaves_nothing_in_the_trail(app, program):
    before = program.get("/api/audit/?total=true")["pagination"]["total"]
    Program(app, "").post("/api/auth/token/", {"refresh_token": "duely_made-up"}, 401)
    assert program.get("/api/audit/?total=true")["pagination"]["total"] == before


def test_signing_out_is_noted(app, ours, program, signed_in):
    signed_in[0].post("/api/auth/revoke/")
    [noted] = program.get("/api/audit/?verb=signed_out")["data"]
    assert (noted["actor"]["id"], noted["actor"]["token"]["kind"]) == (str(ours.owner.person_id), "signed_in")
    assert noted["facts"] == {"by": "api", "ended": 2}
    program.post("/api/auth/revoke/")
    assert len(program.get("/api/audit/?verb=signed_out")["data"]) == 1


def test_taking_a_token_back_is_noted_of_those_that_it_made_too(app, program, export):
    asked, token_id = export
    child = asked.post("/api/tokens/", {"name": "Child", "scopes": ["invoices:read"]}, 201)["data"]["id"]
    program.post(f"/api/tokens/{token_id}/revoke/")
    noted = program.get("/api/audit/?verb=token_revoked")["data"]
    assert {one["object_id"] for one in noted} == {token_id, child}


def test_telling_others_once_more_is_noted(app, ours, program, export):
    asked, token_id = export
    with app.app_context():
        hooks.add_endpoint(ours.owner, EndpointValues("https://93.184.215.14/duely", "", ()), clock.now())
        ours.issued()
        delivery = db.session.scalars(select(Delivery)).first()
        at = f"/api/webhooks/{delivery.endpoint_id}/deliveries/{delivery.id}/send-again/"
        event_id = str(delivery.event_id)
        db.session.remove()
    asked.post(at, status=202)
    [noted] = program.get("/api/audit/?verb=sent_again")["data"]
    assert (noted["facts"]["event_id"], noted["actor"]["token"]["id"]) == (event_id, token_id)
