"""Visitors of the doors: browsers without a window, forms with their CSRF key, mail with its links."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import clock

PASSWORD = "a calm river in june"


class Visitor:
    """A browser, with the cookie it was given."""

    def __init__(self, app: Flask) -> None:
        self.app, self.client = app, app.test_client()

    def get(self, url: str, **options: Any) -> TestResponse:
        return self.client.get(url, **options)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(url, data={"csrf_token": self.key(), **(data or {})}, **options)

    def key(self) -> str:
        """The CSRF key of this browser's session, read off a page like a browser does."""
        for url in ("/login/", "/account/businesses/"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(url).text)
            if found:
                return found[1]
        raise AssertionError("no page shows a CSRF key")

    def sign_up(self, email: str = "ada@example.com", **changes: str) -> TestResponse:
        typed = {"name": "Ada Obi", "business_name": "Obi Fibre", "country": "NG", "email": email, "password": PASSWORD}
        return self.post("/signup/", {**typed, **changes})

    def sign_in(self, email: str = "ada@example.com", password: str = PASSWORD, next: str = "") -> TestResponse:
        typed = {"email": email, "password": password, "keep": "y"}
        return self.post("/login/", typed, query_string={"next": next} if next else None)

    def signed_in(self) -> bool:
        return self.get("/account/businesses/").status_code == 200

    def cookie(self) -> str:
        found = self.client.get_cookie("duely")
        return found.value if found else ""


@pytest.fixture
def visit(app: Flask) -> Callable[[], Visitor]:
    """Opens another browser."""
    return lambda: Visitor(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser nobody is signed in with."""
    return Visitor(app)


@pytest.fixture
def ada(visitor: Visitor) -> Visitor:
    """The owner of Obi Fibre, just signed up."""
    assert visitor.sign_up().status_code == 303
    return visitor


@pytest.fixture
def letters(app: Flask) -> Callable[[], list[Any]]:
    """Runs the outbox and returns every mail so far, oldest first."""
    from app.jobs import run_all
    from app.messages.registry import mailbox

    def fetch() -> list[Any]:
        with app.app_context():
            run_all()
            box = mailbox(app.config["DUELY"])
            assert box is not None
            return [box.get(one.id) for one in sorted(box.list(), key=lambda one: one.id)]

    return fetch


@pytest.fixture
def mailed(letters: Callable[[], list[Any]]) -> Callable[..., str]:
    """The path of the link in the newest mail to an address about a subject."""

    def find(to: str, subject: str) -> str:
        fitting = [letter for letter in letters() if to in letter.to and subject in letter.subject]
        found = re.search(r"http://localhost(/\S+/)", fitting[-1].text)
        assert found
        return found[1]

    return find


@pytest.fixture
def verified(ada: Visitor, mailed: Callable[..., str]) -> Visitor:
    """The owner, whose address is confirmed."""
    assert ada.post(mailed("ada@example.com", "Confirm")).status_code == 303
    return ada


@pytest.fixture
def member(app: Flask, ada: Visitor) -> Callable[..., Visitor]:
    """Makes a person with a role in Obi Fibre and signs them in."""

    def make(role: str, email: str = "") -> Visitor:
        from app.auth.service import members

        address = email or f"{role}@example.com"
        with app.app_context():
            members.create_user(address, PASSWORD, "Obi Fibre", role, clock.now(), name=role.capitalize())
        browser = Visitor(app)
        assert browser.sign_in(address).status_code == 303
        return browser

    return make


@pytest.fixture
def person_id(app: Flask) -> Callable[[str], uuid.UUID]:
    """The id of the person with an address."""

    def find(email: str) -> uuid.UUID:
        from app.auth import queries

        with app.app_context():
            person = queries.find_person(email)
            assert person is not None
            return person.id

    return find


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the wall clock on."""

    def move(**span: float) -> None:
        real: Callable[[], datetime] = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(**span))

    return move
