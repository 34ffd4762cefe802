"""A business with an issued invoice, and its customer with the link."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.invoices.models import Invoice
from app.payments.models import Attempt, Payment
from tests.support.story import Story, a_business


@dataclass
class Customer:
    """Somebody on a phone who has nothing but the link to an invoice over ₦3,225.00."""

    story: Story
    invoice_id: uuid.UUID
    token: str
    browser: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.story.app.test_client()

    @property
    def url(self) -> str:
        return f"/i/{self.token}/"

    def open(self, path: str = "", **options: Any) -> TestResponse:
        """Open the invoice, or a page below it."""
        return self.browser.get(self.url + path, **options)

    def pay(self, **typed: str) -> TestResponse:
        """Press Pay on the page, with its CSRF key."""
        key = re.search(r'name="csrf_token" value="([^"]+)"', self.open().text)
        assert key
        return self.browser.post(self.url + "pay/", data={"csrf_token": key[1], "what": "whole", **typed})

    def pay_part(self, amount: str, **typed: str) -> TestResponse:
        """Press Pay in the part of the page for a part of the amount."""
        return self.pay(what="part", amount=amount, **typed)

    # -- what stands in the books --------------------------------------------------------------------------------------

    def invoice(self) -> Invoice:
        """The invoice as it stands."""
        db.session.rollback()
        return db.session.get_one(Invoice, (self.story.business_id, self.invoice_id))

    def attempts(self) -> list[Attempt]:
        """Every try to pay, oldest first."""
        return _all(Attempt, self.story)

    def payments(self) -> list[Payment]:
        """All money that came, oldest first."""
        return _all(Payment, self.story)


def _all(model: Any, story: Story) -> list[Any]:
    db.session.rollback()
    query = db.select(model).where(model.business_id == story.business_id).order_by(model.id)
    return list(db.session.scalars(query))


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open, so that a test may look into the books."""
    made = make_app()
    with made.app_context():
        yield made


@pytest.fixture
def harmattan(app: Flask) -> Story:
    """The business."""
    return a_business(app)


@pytest.fixture
def customer(harmattan: Story) -> Customer:
    """The customer of an open invoice."""
    invoice_id = harmattan.issued()
    return Customer(harmattan, invoice_id, harmattan.link(invoice_id))
