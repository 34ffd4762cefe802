"""The page on which people make and take back tokens for programs."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.auth.models import ApiToken
from app.extensions import db
from tests.support.program import Program
from tests.support.story import Story, a_business

HERE = "/settings/api/"
EXPORT = {"name": "Accounting export", "scopes": ["invoices:read", "payments:read"], "days": "30"}


@pytest.fixture
def app(make_app) -> Flask:
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def ours(app: Flask) -> Story:
    with app.app_context():
        story = a_business(app)
        db.session.remove()
    return story


@pytest.fixture
def browser(app: Flask, ours: Story):
    """A browser of somebody with a role."""

    def opened(role: str = "owner"):
        with app.app_context():
            return ours.visitor(role)

    return opened


def token_in(page: str) -> str:
    return re.search(r'value="(duely_[\w-]+)"', page)[1]


def ids(app: Flask) -> list:
    with app.app_context():
        return list(db.session.scalars(select(ApiToken.id).order_by(ApiToken.id)))


def test_a_token_is_shown_once_and_works(app, browser):
    owner = browser()
    assert "You have none" in owner.get(HERE).text
    answer = owner.post(HERE, data=EXPORT)
    raw = token_in(answer.text)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert Program(app, raw).get("/api/auth/me/")["data"]["scopes"] == ["invoices:read", "payments:read"]
    page = owner.get(HERE).text
    assert raw not in page
    assert "Accounting export" in page
    assert "never" not in page.split("Your tokens")[1].split("Make a token")[0]


def test_what_is_missing_is_asked_for_and_what_was_typed_stays(app, browser):
    answer = browser().post(HERE, data={"name": "Accounting export", "days": "400"})
    assert answer.status_code == 422
    assert 'value="Accounting export"' in answer.text
    assert "No token was made" in answer.text
    answer = browser().post(HERE, data={"name": "Accounting export", "days": "30"})
    assert "Name a scope" in answer.text
    assert ids(app) == []


def test_a_viewer_makes_one_that_reads_and_no_other(app, browser):
    viewer = browser("viewer")
    assert "invoices:write" not in viewer.get(HERE).text
    refused = viewer.post(HERE, data={**EXPORT, "scopes": ["invoices:write"]})
    assert refused.status_code == 422
    assert "Your role in this business does not go as far as invoices:write." in refused.text
    assert viewer.post(HERE, data=EXPORT).status_code == 201


def test_taking_back_says_what_it_does_and_does_it_at_once(app, browser):
    owner = browser()
    program = Program(app, token_in(owner.post(HERE, data=EXPORT).text))
    [token_id] = ids(app)
    assert "Whatever uses it is refused from now on" in owner.get(f"{HERE}{token_id}/revoke/").text
    assert owner.post(f"{HERE}{token_id}/revoke/").headers["Location"] == HERE
    program.get("/api/auth/me/", 401)
    assert owner.get(f"{HERE}{token_id}/revoke/").status_code == 404
    assert "You have none" in owner.get(HERE).text


def test_admins_see_and_take_back_those_of_others_and_nobody_else_does(app, browser):
    browser("staff").post(HERE, data=EXPORT)
    [token_id] = ids(app)
    other = browser("staff")
    assert "Accounting export" not in other.get(HERE).text
    assert other.get(f"{HERE}{token_id}/revoke/").status_code == 403
    assert other.post(f"{HERE}{token_id}/revoke/").status_code == 403
    admin = browser("admin")
    assert "Tokens of others" in admin.get(HERE).text
    assert admin.post(f"{HERE}{token_id}/revoke/").status_code == 303


def test_another_business_finds_no_token_of_ours(app, browser):
    browser().post(HERE, data=EXPORT)
    [token_id] = ids(app)
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee").visitor()
        db.session.remove()
    assert theirs.get(f"{HERE}{token_id}/revoke/").status_code == 404
    assert theirs.post(f"{HERE}{token_id}/revoke/").status_code == 404
