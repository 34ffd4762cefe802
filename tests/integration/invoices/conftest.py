"""Two businesses, each with a client and a tax, and the editor of one of them as a browser sends it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.invoices.models import Invoice
from tests.support.story import Story, a_business

HTMX = {"HX-Request": "true"}


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open, so that a test may call services; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def ours(app: Flask) -> Story:
    """The business a test is about."""
    return a_business(app, "Harmattan Fibre")


@pytest.fixture
def theirs(app: Flask) -> Story:
    """Another business, whose things are nobody else's."""
    return a_business(app, "Savannah Coffee")


@dataclass
class Desk:
    """Somebody at the editor of an invoice."""

    story: Story
    browser: FlaskClient

    def typed(self, **changes: Any) -> dict[str, Any]:
        """A good form with one line over ₦3,225.00, tax included; a change to None leaves a field out."""
        good = {
            "client_id": self.story.client_id,
            "currency": "NGN",
            "issue_date": "2026-11-20",
            "terms": "14",
            "lines-0-title": "Fibre, monthly",
            "lines-0-quantity": "2",
            "lines-0-unit_price": "1,500.00",
            "lines-0-taxes": self.story.tax_id,
            **{name.replace("__", "-"): value for name, value in changes.items()},
        }
        return {name: str(value) for name, value in good.items() if value is not None}

    def save(self, url: str = "/invoices/", *, htmx: bool = False, **changes: Any) -> TestResponse:
        """Send the editor, as a page or as it saves by itself."""
        db.session.remove()
        return self.browser.post(url, data=self.typed(**changes), headers=HTMX if htmx else {})

    def draft(self, **changes: Any) -> Invoice:
        """Save a new draft and return it."""
        answer = self.save(**changes)
        assert answer.status_code == 303, answer.text
        return self.invoice(uuid.UUID(answer.location.split("/")[2]))

    def invoice(self, invoice_id: uuid.UUID) -> Invoice:
        """An invoice as it stands in the database."""
        db.session.remove()
        found = db.session.get(Invoice, (self.story.business_id, invoice_id))
        assert found is not None
        return found

    def count(self) -> int:
        """How many invoices the business has."""
        db.session.remove()
        return db.session.query(Invoice).filter_by(business_id=self.story.business_id).count()


@pytest.fixture
def desk(ours: Story) -> Desk:
    """The owner at the editor."""
    return Desk(ours, ours.visitor())


def hidden(html: str, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]
