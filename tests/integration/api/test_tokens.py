"""Tokens by the API: never more than whoever makes them, told once, taken back at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.auth.models import ApiToken, AuditEvent, KeptAnswer
from app.auth.rules import SCOPES
from app.database import writing
from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import PASSWORD

EXPORT = {"name": "Export", "scopes": ["invoices:read"], "days": 30}


def test_a_token_is_made_told_once_used_and_taken_back(app, program):
    made = program.post("/api/tokens/", EXPORT, 201)["data"]
    assert (made["name"], made["scopes"], made["last_used_at"]) == ("Export", ["invoices:read"], None)
    export = Program(app, made["token"])
    assert export.get("/api/auth/me/")["data"]["scopes"] == ["invoices:read"]
    told = program.get(f"/api/tokens/{made['id']}/")["data"]
    assert told["last_used_at"] is not None
    assert "token" not in told
    assert made["token"] not in str(program.get("/api/tokens/"))
    assert program.post(f"/api/tokens/{made['id']}/revoke/")["data"]["revoked_at"] is not None
    export.get("/api/auth/me/", 401)
    program.post(f"/api/tokens/{made['id']}/revoke/", status=404)
    assert made["id"] in [one["id"] for one in program.get("/api/tokens/?status=ended")["data"]]
    assert made["id"] not in [one["id"] for one in program.get("/api/tokens/")["data"]]


def test_it_is_good_for_as_long_as_was_said(app, program):
    made = program.post("/api/tokens/", {**EXPORT, "days": 1}, 201)["data"]
    with app.app_context(), writing():
        late = clock.now() - timedelta(days=1)
        db.session.execute(update(ApiToken).where(ApiToken.name == "Export").values(expires_at=late))
    Program(app, made["token"]).get("/api/auth/me/", 401)


def test_a_token_tells_what_the_role_of_its_person_lets_it_do(app, ours):
    scopes = ("invoices:read", "invoices:write")
    for role, good_for in (("staff", ["invoices:read", "invoices:write"]), ("viewer", ["invoices:read"])):
        me = Program.of(app, ours, role, scopes).get("/api/auth/me/")["data"]
        assert (me["role"], me["scopes"]) == (role, good_for)


def test_nobody_makes_a_token_that_may_more(app, ours):
    scopes = ("settings:read", "settings:write", "invoices:read")
    small = Program.of(app, ours, scopes=scopes)
    refused = small.post("/api/tokens/", {**EXPORT, "scopes": ["payments:write"]}, 422)
    assert refused["errors"] == {"scopes": ["The token you ask with is itself not good for payments:write."]}
    assert small.post("/api/tokens/", EXPORT, 201)["data"]["scopes"] == ["invoices:read"]
    Program.of(app, ours, "viewer").post("/api/tokens/", EXPORT, 403)


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"name": ""}, "name"),
        ({"kind": "refresh"}, "kind"),
    ],
)
def test_what_is_wrong_is_said_by_its_path(program, wrong, path):
    assert list(program.post("/api/tokens/", {**EXPORT, **wrong}, 422)["errors"]) == [path]


def test_those_of_others_are_for_admins(app, ours, program):
    staff = Program.of(app, ours, "staff")
    theirs = staff.post("/api/tokens/", EXPORT, 201)["data"]
    mine = program.post("/api/tokens/", EXPORT, 201)["data"]
    staff.get("/api/tokens/?whose=all", 403)
    staff.get(f"/api/tokens/{mine['id']}/", 403)
    staff.post(f"/api/tokens/{mine['id']}/revoke/", status=403)
    assert theirs["id"] not in [one["id"] for one in program.get("/api/tokens/")["data"]]
    assert theirs["id"] in [one["id"] for one in program.get("/api/tokens/?whose=all")["data"]]
    program.post(f"/api/tokens/{theirs['id']}/revoke/")
    Program(app, theirs["token"]).get("/api/auth/me/", 401)


def test_a_program_that_signed_in_is_listed_once_and_ended_with_all_its_tokens(app, ours, program):
    email = Program.of(app, ours).get("/api/auth/me/")["data"]["email"]
    stranger = Program(app, "")
    pair = stranger.post("/api/auth/token/", {"email": email, "password": PASSWORD})["data"]
    signed_in = Program(app, pair["access_token"])
    signed_in.get("/api/auth/me/")
    [row] = [one for one in program.get("/api/tokens/")["data"] if one["kind"] == "signed_in"]
    assert row["last_used_at"] is not None
    program.post(f"/api/tokens/{row['id']}/revoke/")
    signed_in.get("/api/auth/me/", 401)
    stranger.post("/api/auth/token/", {"refresh_token": pair["refresh_token"]}, 401)


def test_the_same_key_makes_one_and_its_kept_answer_cannot_be_read(app, program):
    first, again = (program.send("POST", "/api/tokens/", EXPORT, Idempotency_Key="export") for _ in range(2))
    assert first.get_data() == again.get_data()
    with app.app_context():
        kept = db.session.scalars(select(KeptAnswer)).one()
        assert first.get_json()["data"]["token"] not in kept.body
        assert len(list(db.session.scalars(select(ApiToken).where(ApiToken.name == "Export")))) == 1


def test_the_trail_tells_who_made_and_took_back(app, ours, program):
    made = program.post("/api/tokens/", EXPORT, 201)["data"]
    program.post(f"/api/tokens/{made['id']}/revoke/")
    with app.app_context():
        about = (AuditEvent.object_kind == "api_token", AuditEvent.actor_kind == "person")
        told = db.session.scalars(select(AuditEvent).where(*about).order_by(AuditEvent.id)).all()
        assert [one.verb for one in told] == ["token_made", "token_revoked"]
        assert {one.actor_id for one in told} == {ours.owner.person_id}


def test_lists_ask_the_database_no_more_often_for_many(app, program):
    for _ in range(8):
        program.post("/api/tokens/", {**EXPORT, "scopes": list(SCOPES)}, 201)
    for path in ("/api/tokens/?limit=5", "/api/tokens/?whose=all", "/api/members/", "/api/audit/", "/api/settings/"):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
