"""Signing in and out, and what a cookie is worth."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from statistics import median

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth import passwords
from app.auth.errors import WrongCredentials
from app.auth.models import Person, SignInSession
from app.auth.service import people
from app.database import writing
from app.extensions import db
from tests.integration.auth.conftest import PASSWORD, Visitor


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    ada: Visitor, visit: Callable[[], Visitor]
) -> None:
    known, unknown = visit(), visit()
    wrong = known.sign_in(password="not the password")
    nobody = unknown.sign_in(email="bob@example.com")
    assert wrong.status_code == nobody.status_code == 422
    assert "do not belong together" in wrong.text
    blank = wrong.text.replace("ada@example.com", "bob@example.com")
    assert _without_keys(blank) == _without_keys(nobody.text)


@pytest.fixture
def real_effort(cheap_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords cost what they cost outside of tests."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(passwords.ROUNDS, passwords.KIBIBYTES, 1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.mark.engines("sqlite")
def test_an_unknown_address_takes_as_long_as_a_wrong_password(real_effort: None, app: Flask, ada: Visitor) -> None:
    def seconds(email: str) -> float:
        begun = time.perf_counter()
        with app.app_context(), pytest.raises(WrongCredentials):
            people.sign_in(email, "not the password", now=clock.now(), ip="", user_agent="")
        return time.perf_counter() - begun

    seconds("warm@example.com")
    known, unknown = zip(*[(seconds("ada@example.com"), seconds("bob@example.com")) for _ in range(9)], strict=True)
    assert 0.5 < median(known) / median(unknown) < 2


def test_a_cookie_of_somebody_else_on_the_same_domain_signs_nobody_out(ada: Visitor) -> None:
    """flask-login's own cookie for being remembered, of any content, would keep it from asking us."""
    ada.client.set_cookie("remember_token", "of another application")
    assert ada.signed_in()


def test_signing_in_begins_a_fresh_session(ada: Visitor, visit: Callable[[], Visitor]) -> None:
    browser = visit()
    browser.get("/login/")
    planted = browser.cookie()
    browser.sign_in()
    assert browser.signed_in()
    assert browser.cookie() != planted
    thief = visit()
    thief.client.set_cookie("duely", planted)
    assert not thief.signed_in()


def test_the_csrf_key_from_before_signing_in_is_worth_nothing_after(ada: Visitor, visit: Callable[[], Visitor]) -> None:
    browser = visit()
    old = browser.key()
    browser.sign_in()
    assert browser.client.post("/account/sessions/end-others/", data={"csrf_token": old}).status_code == 400


def test_a_stolen_cookie_is_refused_after_signing_out(ada: Visitor, visit: Callable[[], Visitor]) -> None:
    stolen = ada.cookie()
    thief = visit()
    thief.client.set_cookie("duely", stolen)
    assert thief.signed_in()
    assert ada.post("/logout/").status_code == 303
    assert not ada.signed_in()
    assert not thief.signed_in()


def test_signing_out_is_a_post_with_a_key(ada: Visitor) -> None:
    assert ada.get("/logout/").status_code == 405
    assert ada.client.post("/logout/").status_code == 400
    assert ada.signed_in()


def test_signing_in_again_in_the_same_browser_ends_the_session_before(ada: Visitor, app: Flask) -> None:
    ada.client.post("/login/", data={"csrf_token": ada.key(), "email": "ada@example.com", "password": PASSWORD})
    with app.app_context():
        assert len(list(db.session.scalars(select(SignInSession)))) == 1


@pytest.mark.parametrize(
    "wanted, lands",
    [
        ("/clients/?q=a", "/clients/?q=a"), ("https://evil.example/", "/"), ("//evil.example/", "/"),
        ("/\\evil.example/", "/"), ("\\\\evil.example", "/"), ("javascript:alert(1)", "/"), ("/\tevil", "/"),
        ("/%5Cevil.example", "/%5Cevil.example"), ("http:evil.example", "/"), ("", "/"), ("login", "/"),
    ],
)  # fmt: skip
def test_after_signing_in_one_lands_on_this_site(
    ada: Visitor, visit: Callable[[], Visitor], wanted: str, lands: str
) -> None:
    assert visit().sign_in(next=wanted).location == lands


@pytest.mark.parametrize("typed", ["x" * 10_000, "a\x00b", "\ud7ff", "٠١٢", "' OR 1=1 --"])
def test_odd_input_at_the_door_is_refused_and_never_fails(visitor: Visitor, typed: str) -> None:
    assert visitor.sign_in(email=typed, password=typed).status_code == 422


def test_a_session_ends_after_two_weeks_of_silence(ada: Visitor, later: Callable[..., None]) -> None:
    later(days=13)
    assert ada.signed_in(), "used in time"
    later(days=13)
    assert ada.signed_in(), "being used begins the two weeks again"
    later(days=15)
    assert not ada.signed_in()


def test_no_session_lives_longer_than_sixty_days(ada: Visitor, later: Callable[..., None]) -> None:
    for _ in range(5):
        later(days=11)
        assert ada.signed_in()
    later(days=11)
    assert not ada.signed_in()


def test_use_is_noted_at_most_every_five_minutes(ada: Visitor, app: Flask, later: Callable[..., None]) -> None:
    def seen() -> object:
        with app.app_context():
            return db.session.scalar(select(SignInSession.seen_at))

    first = seen()
    later(minutes=4)
    ada.signed_in()
    assert seen() == first
    later(minutes=2)
    ada.signed_in()
    assert seen() != first


def test_an_old_hash_is_made_anew_when_its_password_is_typed(
    app: Flask, ada: Visitor, visit: Callable[[], Visitor]
) -> None:
    with app.app_context(), writing():
        db.session.scalars(select(Person)).one().password_hash = PasswordHasher(1, 8, 1).hash(PASSWORD)
    assert visit().sign_in().status_code == 303
    with app.app_context():
        assert not passwords.outdated(db.session.scalars(select(Person.password_hash)).one())


def test_ten_tries_a_minute_then_a_pause_and_looking_is_free(make_app: Callable[..., Flask]) -> None:
    app = make_app(rate_limits_enabled=True, rate_limit_anonymous=1000)
    browser = Visitor(app)
    answers = [browser.sign_in(email=f"u{n}@example.com").status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert browser.get("/login/").status_code == 200


def _without_keys(page: str) -> str:
    return re.sub(r'(name="csrf_token" value="|nonce=")[^"]+', r"\1", page)
