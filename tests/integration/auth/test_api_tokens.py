"""Tokens: how a program comes into the API, and how it is kept out of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from app import clock
from app.auth.models import ApiToken, AuditEvent, Membership
from app.auth.service import api_tokens, members
from app.database import writing
from app.errors import Invalid, NotFound
from app.extensions import db, limiter
from tests.support.story import Story, a_business


@pytest.fixture
def ours(app: Flask) -> Story:
    with app.app_context():
        story = a_business(app)
        db.session.remove()
    return story


@pytest.fixture
def ask(app: Flask, ours: Story):
    """Asks why an invoice of the business comes to its amounts, with a header; returns the answer."""
    with app.app_context():
        invoice_id = ours.issued()
        db.session.remove()

    def get(header: str | None, host: str = "") -> object:
        headers = {"Authorization": header} if header is not None else {}
        return app.test_client().get(f"/api/billing/invoices/{invoice_id}/why/", headers=headers)

    return get


def token(app: Flask, story: Story, **options: object) -> str:
    with app.app_context():
        made = story.api_token(**options)
        db.session.remove()
    return made


def test_a_token_opens_the_api_and_only_its_hash_is_stored(app, ours, ask):
    raw = token(app, ours, scopes=["invoices:read"])
    answer = ask(f"Bearer {raw}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert raw.startswith("duely_")
    with app.app_context():
        row = db.session.scalars(select(ApiToken)).one()
        assert raw not in repr(vars(row))
        assert row.used_at is not None
        facts = db.session.scalars(select(AuditEvent.facts).where(AuditEvent.verb == "token_made")).one()
        assert facts == {"scopes": ["invoices:read"], "days": 30}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer duely_made-up",
        "Basic YTpi",
        "Bearer \u00ff",
        "bearer x y",
        "Token duely_x",
    ],
)
def test_without_one_the_answer_says_how_to_sign_in(ask, header):
    answer = ask(header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    told = answer.get_json()
    assert (told["success"], told["code"]) == (False, "unauthorized")
    if (header or "").strip() in ("", "Bearer", "Basic YTpi", "Token duely_x"):
        assert told["message"].startswith("Sign in with a token")
        assert "error" not in answer.headers["WWW-Authenticate"]
    assert told["request_id"] == answer.headers["X-Request-ID"]


def test_one_that_ended_or_was_taken_back_opens_nothing(app, ours, ask):
    ended, revoked = token(app, ours), token(app, ours, role="viewer")
    assert (ask(f"Bearer {ended}").status_code, ask(f"Bearer {revoked}").status_code) == (200, 200)
    with app.app_context(), writing():
        mine = ApiToken.person_id == ours.owner.person_id
        db.session.execute(update(ApiToken).where(mine).values(expires_at=clock.now() - timedelta(seconds=1)))
        other = db.session.scalars(select(ApiToken.person_id).where(~mine)).one()
        assert api_tokens.revoke_tokens(other, ours.business_id, now=clock.now()) == 1
    for raw in (ended, revoked, api_tokens.MARK + "x" * 43):
        answer = ask(f"Bearer {raw}")
        assert answer.status_code == 401
        assert "error=invalid_token" in answer.headers["WWW-Authenticate"]
        assert answer.get_json()["message"] == "This token is not known, has ended or was taken back."


def test_whoever_leaves_the_business_takes_no_open_door_along(app, ours, ask):
    raw = token(app, ours, role="viewer")
    assert ask(f"Bearer {raw}").status_code == 200
    with app.app_context(), writing():
        db.session.execute(delete(Membership).where(Membership.role == "viewer"))
    assert ask(f"Bearer {raw}").status_code == 401


def test_a_token_of_somebody_removed_does_not_wake_when_they_come_back(app, ours, ask):
    raw = token(app, ours, role="viewer")
    with app.app_context():
        person = db.session.scalars(select(Membership.person_id).where(Membership.role == "viewer")).one()
        members.remove_member(ours.owner, person, now=clock.now())
        with writing() as session:
            session.add(
                Membership(business_id=ours.business_id, person_id=person, role="viewer", created_at=clock.now())
            )
        assert db.session.scalars(select(AuditEvent.actor_name).where(AuditEvent.verb == "token_revoked")).one()
        db.session.remove()
    assert ask(f"Bearer {raw}").status_code == 401


def test_a_guess_that_looks_like_no_token_costs_no_question(app, ask, monkeypatch):
    monkeypatch.setitem(app.extensions, "duely_token_identity", lambda *_: pytest.fail("the database was asked"))
    for guess in ("duely_short", "x" * 49, "duely_" + "é" * 43, "duely_" + "a" * 44):
        assert ask(f"Bearer {guess.encode().decode('latin-1')}").status_code == 401


def test_where_there_is_nothing_nobody_is_asked_who_it_is(app, ours, monkeypatch):
    raw = token(app, ours)
    monkeypatch.setitem(app.extensions, "duely_token_identity", lambda *_: pytest.fail("the database was asked"))
    answer = app.test_client().get("/api/zz/", headers={"Authorization": f"Bearer {raw}"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")


def test_trouble_with_the_database_is_told_as_that_and_leaves_the_counters_alone(make_app, monkeypatch):
    app = make_app(rate_limits_enabled=True)
    with app.app_context():
        story = a_business(app)
        raw = story.api_token()
        db.session.remove()

    def fails(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setitem(app.extensions, "duely_token_identity", fails)
    url = "/api/billing/invoices/01a1f92d-1995-7512-b040-5bdef4776f7f/why/"
    answer = app.test_client().get(url, headers={"Authorization": f"Bearer {raw}"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert not limiter._storage_dead


def test_another_business_s_token_sees_nothing_of_this_one(app, ours, ask):
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
        db.session.remove()
    answer = ask(f"Bearer {token(app, theirs)}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert "Lekki" not in answer.text


def test_a_token_counts_for_itself_and_not_for_the_address(make_app):
    app = make_app(rate_limits_enabled=True, rate_limit_authenticated=3, rate_limit_anonymous=2)
    with app.app_context():
        story = a_business(app)
        url = f"/api/billing/invoices/{story.issued()}/why/"
        tokens = [story.api_token(), story.api_token("viewer")]
        db.session.remove()

    def statuses(header: str, times: int) -> list[int]:
        return [app.test_client().get(url, headers={"Authorization": header}).status_code for _ in range(times)]

    assert statuses(f"Bearer {tokens[0]}", 4) == [200, 200, 200, 429]
    assert statuses(f"Bearer {tokens[1]}", 3) == [200, 200, 200]
    assert statuses("Bearer duely_guess", 3) == [401, 401, 429]
    late = app.test_client().get(url, headers={"Authorization": f"Bearer {tokens[0]}"})
    assert int(late.headers["Retry-After"]) > 0
    assert late.get_json()["code"] == "rate_limited"


def test_use_is_noted_every_few_minutes_and_not_at_every_request(app, ours, ask, monkeypatch):
    raw, begin = token(app, ours), clock.now()
    seen = []
    for minutes in (0, 1, 6):
        monkeypatch.setattr(clock, "now", lambda at=begin + timedelta(minutes=minutes): at)
        assert ask(f"Bearer {raw}").status_code == 200
        with app.app_context():
            seen.append(db.session.scalars(select(ApiToken.used_at)).one())
            db.session.remove()
    assert seen == [begin, begin, begin + timedelta(minutes=6)]


@pytest.mark.parametrize("scopes", [[], ["root"], ["invoices:read", "everything"]])
def test_scopes_that_do_not_exist_are_refused(app, ours, scopes):
    with app.app_context(), pytest.raises(Invalid):
        ours.api_token(scopes=scopes)


def test_nobody_has_a_token_for_a_business_that_is_not_theirs(app, ours):
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
        assert theirs.owner.person_id is not None
        with pytest.raises(NotFound):
            api_tokens.make_token(theirs.owner.person_id, ours.business_id, ["invoices:read"], 9, now=clock.now())


class TestTheCommands:
    @pytest.fixture
    def run(self, app, ours):
        user = ["create-user", "--email", "ada@example.com", "--password", "a calm river in june"]
        app.test_cli_runner().invoke(args=[*user, "--business", "Obi Fibre"])

        def invoke(*words: str):
            return app.test_cli_runner().invoke(args=[*words])

        return invoke

    def test_one_prints_a_token_that_works_and_nothing_else(self, app, run):
        made = run("create-token", "--email", "ada@example.com", "--scopes", "invoices:read", "--name", "Shop")
        assert made.exit_code == 0
        (raw,) = made.stdout.split()
        nothing = "/api/billing/invoices/01a1f92d-1995-7512-b040-5bdef4776f7f/why/"
        answer = app.test_client().get(nothing, headers={"Authorization": f"Bearer {raw}"})
        assert answer.status_code == 404
        assert run("revoke-tokens", "--email", "ada@example.com").stdout == "1\n"
        answer = app.test_client().get(nothing, headers={"Authorization": f"Bearer {raw}"})
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--email", "nobody@example.com", "--scopes", "invoices:read"), "Nobody here"),
            (("--email", "ada@example.com", "--scopes", "root"), "no scope"),
            (("--email", "ada@example.com", "--scopes", ","), "Name a scope"),
            (("--email", "ada@example.com", "--scopes", "invoices:read", "--business", "Other"), "--business"),
            (("--email", "ada@example.com", "--scopes", "invoices:read", "--days", "0"), "0"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, run, words, sentence):
        refused = run("create-token", *words)
        assert refused.exit_code != 0
        assert sentence in refused.output
        assert "duely_" not in refused.stdout
