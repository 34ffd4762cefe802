"""One's own account."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth import queries
from app.auth.models import PersonToken, SignInSession
from app.auth.service import sessions
from app.extensions import db
from tests.integration.auth.conftest import PASSWORD, Visitor

NEW = "seven quiet stones"


def test_a_new_password_needs_the_old_one_and_signs_out_other_browsers(
    ada: Visitor, visit: Callable[[], Visitor]
) -> None:
    phone = visit()
    phone.sign_in()
    wrong = ada.post("/account/password/", {"old": "nope", "new": NEW})
    assert wrong.status_code == 422
    assert "This is not your current password." in wrong.text
    assert ada.post("/account/password/", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert phone.signed_in()
    assert ada.post("/account/password/", {"old": PASSWORD, "new": NEW}).status_code == 303
    assert ada.signed_in()
    assert not phone.signed_in()
    assert visit().sign_in(password=NEW).status_code == 303


def test_a_new_address_needs_the_password_and_is_confirmed_anew(
    verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    moved = {"name": "Ada Obi", "email": "ada@obi.example.com"}
    assert "Enter your current password" in verified.post("/account/", moved).text
    assert verified.post("/account/", {**moved, "password": PASSWORD}).status_code == 303
    assert "Confirm ada@obi.example.com" in verified.get("/account/").text
    assert visit().sign_in("ada@obi.example.com").status_code == 303
    assert visit().sign_in("ada@example.com").status_code == 422
    assert verified.post(mailed("ada@obi.example.com", "Confirm")).status_code == 303
    assert "Confirm ada@" not in verified.get("/account/").text


def test_a_link_to_the_old_address_does_not_confirm_the_new_one(ada: Visitor, mailed: Callable[..., str]) -> None:
    old = mailed("ada@example.com", "Confirm")
    ada.post("/account/", {"name": "Ada", "email": "new@example.com", "password": PASSWORD})
    assert ada.post(old).status_code == 404


def test_an_address_of_somebody_else_is_refused(ada: Visitor, visit: Callable[[], Visitor]) -> None:
    visit().sign_up("eve@example.com")
    answer = ada.post("/account/", {"name": "Ada", "email": "EVE@example.com", "password": PASSWORD})
    assert answer.status_code == 422
    assert "Another account has this address." in answer.text
    assert 'value="EVE@example.com"' in answer.text


def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(
    app: Flask, ada: Visitor, visit: Callable[[], Visitor]
) -> None:
    phone, tablet = visit(), visit()
    phone.sign_in()
    tablet.sign_in()
    with app.app_context():
        person = queries.find_person("ada@example.com")
        assert person is not None
        newest, *_ = queries.live_sessions(person.id, clock.now())
    assert ada.get("/account/").text.count("/end/") == 2
    assert ada.post(f"/account/sessions/{newest.id}/end/").status_code == 303
    assert not tablet.signed_in()
    assert ada.post("/account/sessions/end-others/").status_code == 303
    assert not phone.signed_in()
    assert ada.signed_in()


def test_nobody_ends_the_session_of_somebody_else(app: Flask, ada: Visitor, visit: Callable[[], Visitor]) -> None:
    eve = visit()
    eve.sign_up("eve@example.com", business_name="Eve Ltd")
    with app.app_context():
        person = queries.find_person("ada@example.com")
        assert person is not None
        [hers] = queries.live_sessions(person.id, clock.now())
    assert eve.post(f"/account/sessions/{hers.id}/end/").status_code == 404
    assert eve.post(f"/account/sessions/{uuid.uuid4()}/end/").status_code == 404
    assert ada.signed_in()


def test_a_role_on_ones_own_profile_cannot_be_written(app: Flask, ada: Visitor, member: Callable[..., Visitor]) -> None:
    viewer = member("viewer")
    viewer.post("/account/", {"name": "V", "email": "viewer@example.com", "role": "owner", "verified_at": "now"})
    assert viewer.post("/settings/", {"name": "Mine"}).status_code == 403


def test_what_ran_out_is_forgotten_in_time(app: Flask, ada: Visitor, later: Callable[..., None]) -> None:
    def rows() -> tuple[Any, ...]:
        with app.app_context():
            tables = (SignInSession, PersonToken)
            return tuple(db.session.scalar(select(func.count()).select_from(table)) for table in tables)

    with app.app_context():
        sessions.clean_up(clock.now())
    assert rows() == (1, 1)
    later(days=20)
    with app.app_context():
        sessions.clean_up(clock.now())
    assert rows() == (0, 0)
