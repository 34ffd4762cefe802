"""Tokens that a token made: they live no longer than it, make none themselves, and end with it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.auth.models import ApiToken
from app.auth.rules import Token
from app.auth.service import access_tokens, api_tokens, people
from app.database import writing
from app.extensions import db
from tests.support.program import Program
from tests.support.story import PASSWORD, Story, a_business

EXPORT = {"name": "Export", "scopes": ["invoices:read"], "days": 366}
ME = "/api/auth/me/"


def sign_in(app: Flask, program: Program) -> tuple[Program, str]:
    """A program that signed in as the one whom another stands for, and its refresh token."""
    asked = {"email": program.get(ME)["data"]["email"], "password": PASSWORD}
    pair = Program(app, "").post("/api/auth/token/", asked)["data"]
    return Program(app, pair["access_token"]), pair["refresh_token"]


def child_of(app: Flask, maker: Program, **options: object) -> tuple[Program, dict]:
    """A token that another makes, and what was told of it."""
    made = maker.post("/api/tokens/", {**EXPORT, **options}, 201)["data"]
    return Program(app, made["token"]), made


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def holds(*programs: Program) -> list[bool]:
    """Whether each of these is still let in."""
    return [one.send("GET", ME).status_code == 200 for one in programs]


@pytest.fixture
def signed_in(app, program) -> tuple[Program, str]:
    return sign_in(app, program)


@pytest.fixture
def by_hand(app, ours) -> tuple[Program, str]:
    """A personal token that somebody made in the settings, and its id."""
    with app.app_context():
        token_id, raw = api_tokens.make_own(ours.owner, "Shop", ["settings:write", "invoices:read"], 9, now=clock.now())
        db.session.remove()
    return Program(app, raw), str(token_id)


def test_it_lives_no_longer_than_the_token_that_made_it(app, by_hand, program):
    maker, maker_id = by_hand
    _, made = child_of(app, maker)
    assert made["expires_at"] == program.get(f"/api/tokens/{maker_id}/")["data"]["expires_at"]
    _, shorter = child_of(app, maker, days=2)
    assert moment(shorter["expires_at"]) - moment(shorter["created_at"]) == timedelta(days=2)


def test_one_of_a_program_that_signed_in_lives_thirty_days_at_most(app, signed_in):
    _, made = child_of(app, signed_in[0])
    assert moment(made["expires_at"]) - moment(made["created_at"]) == timedelta(days=30)


@pytest.mark.parametrize("which", ["by_hand", "signed_in"])
def test_it_makes_none_itself(app, which, request):
    maker, _ = request.getfixturevalue(which)
    child, _ = child_of(app, maker, scopes=["settings:write", "invoices:read"])
    refused = child.post("/api/tokens/", EXPORT, 403)
    assert refused["message"].startswith("This token was made by another token, so it makes none itself.")


def test_taking_its_maker_back_ends_it_and_taking_it_back_ends_nothing_else(app, program, by_hand):
    maker, maker_id = by_hand
    (first, one), (second, _) = child_of(app, maker), child_of(app, maker)
    program.post(f"/api/tokens/{one['id']}/revoke/")
    assert holds(first, second, maker, program) == [False, True, True, True]
    program.post(f"/api/tokens/{maker_id}/revoke/")
    assert holds(second, maker, program) == [False, False, True]


def test_taking_its_maker_back_on_the_page_ends_it(ours_on):
    app, ours, maker_id, maker = ours_on
    child, made = child_of(app, maker)
    with app.app_context():
        browser = ours.visitor()
    page = browser.get("/settings/api/").text
    assert "made by Shop" in page
    asked = browser.get(f"/settings/api/{maker_id}/revoke/").text
    assert "Tokens that it made are taken back with it." in asked
    assert "Tokens that it made" not in browser.get(f"/settings/api/{made['id']}/revoke/").text
    assert browser.post(f"/settings/api/{maker_id}/revoke/").status_code == 303
    assert holds(child, maker) == [False, False]


@pytest.fixture
def ours_on(make_app):
    """A business where forms need no secret, with a token of its owner."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        ours: Story = a_business(app)
        token_id, raw = api_tokens.make_own(ours.owner, "Shop", ["settings:write", "invoices:read"], 9, now=clock.now())
        db.session.remove()
    return app, ours, str(token_id), Program(app, raw)


def test_all_of_a_person_are_ended_with_those_that_they_made(app, ours, by_hand, signed_in):
    children = [child_of(app, maker)[0] for maker, _ in (by_hand, signed_in)]
    assert holds(*children) == [True, True]
    with app.app_context():
        api_tokens.revoke_tokens(ours.owner.person_id, now=clock.now())
        db.session.remove()
    assert holds(*children) == [False, False]


def test_signing_out_ends_what_was_made_since_signing_in(app, program, signed_in):
    child, _ = child_of(app, signed_in[0])
    beside, _ = child_of(app, sign_in(app, program)[0])
    child.post("/api/auth/revoke/")
    assert holds(child, signed_in[0]) == [True, True]
    signed_in[0].post("/api/auth/revoke/")
    assert holds(child, signed_in[0], beside) == [False, False, True]


def test_a_refresh_token_that_comes_again_ends_what_was_made_since_signing_in(app, signed_in):
    maker, refresh = signed_in
    child, _ = child_of(app, maker)
    stranger = Program(app, "")
    pair = stranger.post("/api/auth/token/", {"refresh_token": refresh})["data"]
    later, _ = child_of(app, Program(app, pair["access_token"]))
    assert holds(child, later) == [True, True]
    stranger.post("/api/auth/token/", {"refresh_token": refresh}, 401)
    assert holds(child, later, maker) == [False, False, False]


def test_taking_back_the_signing_in_ends_what_it_made(app, program, signed_in):
    child, made = child_of(app, signed_in[0])
    [row] = [one for one in program.get("/api/tokens/")["data"] if one["kind"] == "signed_in"]
    assert (made["made_by"], made["maker_id"]) == ("program", row["audit_id"])
    program.post(f"/api/tokens/{row['id']}/revoke/")
    assert holds(child, signed_in[0], program) == [False, False, True]


def test_a_new_password_ends_what_signings_in_made_and_leaves_what_was_made_by_hand(app, ours, by_hand, signed_in):
    kept, gone = child_of(app, by_hand[0])[0], child_of(app, signed_in[0])[0]
    with app.app_context():
        people.change_password(ours.owner.person_id, PASSWORD, "another river in july", clock.now())
        db.session.remove()
    assert holds(kept, by_hand[0], gone) == [True, True, False]


def test_it_is_listed_as_what_it_is(app, program, by_hand, signed_in):
    of_token, of_program = child_of(app, by_hand[0])[1], child_of(app, signed_in[0])
    of_program[0].get(ME)
    listed = {one["id"]: one for one in program.get("/api/tokens/")["data"]}
    own = listed[by_hand[1]]
    assert (own["made_by"], own["maker_id"], own["audit_id"]) == ("person", None, own["id"])
    made = listed[of_token["id"]]
    assert (made["kind"], made["made_by"], made["maker_id"]) == ("personal", "token", own["id"])
    assert (made["audit_id"], made["last_used_at"]) == (made["id"], None)
    assert listed[of_program[1]["id"]]["last_used_at"] is not None
    assert len(listed) == 5


def test_what_a_program_made_is_not_the_program_s_own_use(app, program, signed_in):
    child, _ = child_of(app, signed_in[0])
    with app.app_context(), writing():
        db.session.execute(update(ApiToken).where(ApiToken.kind == "access").values(used_at=None))
    child.get(ME)
    [row] = [one for one in program.get("/api/tokens/")["data"] if one["kind"] == "signed_in"]
    assert row["last_used_at"] is None


def test_it_has_keys_of_its_own(app, program, by_hand):
    """Two programs that happen to choose the same key are not told each other's answers."""
    maker, _ = by_hand
    child, _ = child_of(app, maker, scopes=["settings:write", "invoices:read"])
    body = {**EXPORT, "name": "Shared"}
    first = maker.send("POST", "/api/tokens/", body, Idempotency_Key="one")
    again = child.send("POST", "/api/tokens/", body, Idempotency_Key="one")
    assert (first.status_code, again.status_code) == (201, 403)


def test_tokens_of_signings_in_are_forgotten_and_what_they_made_is_still_told(app, program, signed_in):
    _, made = child_of(app, signed_in[0])
    with app.app_context():
        access_tokens.forget_tokens(clock.now() + timedelta(days=61))
        assert db.session.scalar(select(func.count()).where(ApiToken.kind != "personal")) == 0
        db.session.remove()
    assert program.get(f"/api/tokens/{made['id']}/")["data"]["made_by"] == "program"


@pytest.mark.parametrize("times", range(3))
def test_one_that_is_made_while_its_maker_is_taken_back_does_not_outlive_it(app, ours, by_hand, program, times):
    maker, maker_id = by_hand
    begin = threading.Barrier(2)

    def make() -> None:
        begin.wait()
        maker.send("POST", "/api/tokens/", EXPORT)

    making = threading.Thread(target=make)
    making.start()
    begin.wait()
    program.post(f"/api/tokens/{maker_id}/revoke/")
    making.join()
    with app.app_context():
        live = select(func.count()).where(ApiToken.revoked_at.is_(None), ApiToken.name == "Export")
        assert db.session.scalar(live) == 0


def test_what_it_came_with_is_known_of_a_program_and_of_no_browser(app, by_hand):
    _, maker_id = by_hand
    with app.app_context():
        row = db.session.scalars(select(ApiToken).where(ApiToken.name == "Shop")).one()
        found = app.extensions["duely_token_identity"](row.token_hash, clock.now())
    assert (found.token, str(found.family_id)) == (Token(row.id, "Shop"), maker_id)
