"""Two businesses with their people, and visitors who are already signed in."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient

if TYPE_CHECKING:
    from flask import Flask

    from app.auth.rules import Actor, Role


class Browser(FlaskClient):
    """Requests with a context of their own: who is signed in, and what was read, ends with each of them."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        from app.extensions import db

        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        db.session.remove()
        return answer


@dataclass(frozen=True)
class Tenant:
    """A business and the one who owns it."""

    app: Flask
    business_id: uuid.UUID
    owner: Actor

    def actor(self, role: Role) -> Actor:
        """Somebody of this business with another role."""
        from app.auth.rules import Actor

        return Actor("person", self.business_id, role=role, person_id=self.owner.person_id, name="Ada")

    def visitor(self, role: Role = "owner") -> FlaskClient:
        """A browser of somebody of this business."""
        token = secrets.token_hex(16)
        person_id = _person(self.business_id, role)
        _session(token, person_id, self.business_id)
        browser = Browser(self.app, self.app.response_class, use_cookies=True)
        with browser.session_transaction() as session:
            session["sid"] = token
        return browser


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open, so that a test may call services; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def harmattan(app: Flask) -> Tenant:
    """The business a test is about."""
    return _tenant(app, "Harmattan Fibre")


@pytest.fixture
def savannah(app: Flask) -> Tenant:
    """Another business, whose things are nobody else's."""
    return _tenant(app, "Savannah Coffee")


def _tenant(app: Flask, name: str) -> Tenant:
    from app.auth.rules import Actor

    business_id = _add("Business", name=name, gateway_key=secrets.token_hex(10)).id
    person_id = _person(business_id, "owner")
    return Tenant(app, business_id, Actor("person", business_id, role="owner", person_id=person_id, name="Ada"))


def _person(business_id: uuid.UUID, role: Role) -> uuid.UUID:
    from app import clock

    email = f"{secrets.token_hex(6)}@example.com"
    person = _add("Person", email=email, email_key=email, name="Ada Obi", password_hash="-", verified_at=clock.now())
    _add("Membership", business_id=business_id, person_id=person.id, role=role)
    return uuid.UUID(str(person.id))


def _session(token: str, person_id: uuid.UUID, business_id: uuid.UUID) -> None:
    from app import clock
    from app.web.identity import token_hash

    seen = clock.now() - timedelta(seconds=1)
    _add("SignInSession", token_hash=token_hash(token), person_id=person_id, business_id=business_id, seen_at=seen)


def _add(model: str, **values: Any) -> Any:
    from app import clock
    from app.auth import models
    from app.database import writing

    with writing() as session:
        row = getattr(models, model)(created_at=clock.now(), **values)
        session.add(row)
    return row
