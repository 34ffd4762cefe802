"""What counts against a program: its own requests, however many tokens it makes; guesses count against the address."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.auth.models import Person
from app.extensions import db
from tests.support.program import Program
from tests.support.story import PASSWORD, Story, a_business

ME = "/api/auth/me/"
LIMITS = {"rate_limits_enabled": True, "rate_limit_login": 2, "rate_limit_anonymous": 6, "rate_limit_authenticated": 4}


@pytest.fixture
def app(make_app: Any) -> Flask:
    made: Flask = make_app(**LIMITS)
    return made


@pytest.fixture
def ours(app: Flask) -> Story:
    with app.app_context():
        story = a_business(app)
        db.session.remove()
    return story


@pytest.fixture
def owner(app: Flask, ours: Story) -> dict[str, str]:
    """What its owner signs in with."""
    with app.app_context():
        person = db.session.get(Person, ours.owner.person_id)
        assert person is not None
        return {"email": person.email, "password": PASSWORD}


def test_refreshing_is_no_guess_at_a_password(app, owner):
    program = app.test_client()
    pair = program.post("/api/auth/token/", json=owner).get_json()["data"]
    for _ in range(4):
        answer = program.post("/api/auth/token/", json={"refresh_token": pair["refresh_token"]})
        assert answer.status_code == 200
        pair = answer.get_json()["data"]
    wrong = {**owner, "password": "wrong horse battery"}
    answers = [program.post("/api/auth/token/", json=wrong) for _ in range(1)]
    assert [one.status_code for one in answers] == [401]
    assert program.post("/api/auth/token/", json=wrong).status_code == 429, "six in all, of this address"


def test_only_who_is_refused_is_told_to_wait_for_the_end_of_the_window(app, ours):
    program = Program.of(app, ours)
    taken = program.send("GET", ME)
    assert taken.headers["RateLimit-Limit"] == "4"
    assert "Retry-After" not in taken.headers
    with app.app_context():
        invoice_id = ours.draft()
        db.session.remove()
    waiting = program.send("GET", f"/api/billing/invoices/{invoice_id}/pdf/")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")


def test_guesses_are_few_and_told_when_to_come_again(app, owner):
    program, wrong = app.test_client(), {**owner, "password": "wrong horse battery"}
    assert [program.post("/api/auth/token/", json=wrong).status_code for _ in range(3)] == [401, 401, 429]
    late = program.post("/api/auth/token/", json=wrong)
    assert late.get_json()["code"] == "rate_limited"
    assert int(late.headers["Retry-After"]) > 0


def test_more_tokens_are_not_more_requests(app, ours, owner):
    pair = app.test_client().post("/api/auth/token/", json=owner).get_json()["data"]
    first = Program(app, pair["access_token"])
    made = first.post("/api/tokens/", {"name": "More", "scopes": ["invoices:read"], "days": 1}, 201)["data"]
    pair = app.test_client().post("/api/auth/token/", json={"refresh_token": pair["refresh_token"]}).get_json()["data"]
    second = Program(app, pair["access_token"])
    for _ in range(3):
        second.get(ME)
    second.get(ME, 429)
    Program.of(app, ours).get(ME)
    assert made["token"]
