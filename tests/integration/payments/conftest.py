"""A business that takes payments through Paystack, played by a server of its own, and its customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.auth.queries import get_business
from app.payments.service import accounts
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack, run_fake_paystack
from tests.contracts.fake_paystack.books import Card
from tests.integration.payments.kept import keep
from tests.integration.portal.conftest import Customer
from tests.support.story import Story, a_business, charge_saved_cards


@pytest.fixture
def paystack() -> Iterator[FakePaystack]:
    """Paystack on a port of this machine."""
    with run_fake_paystack() as fake:
        yield fake


@pytest.fixture
def app(make_app: Callable[..., Flask], paystack: FakePaystack) -> Iterator[Flask]:
    """The application with its context open, set up for that Paystack."""
    made = make_app(paystack_base_url=paystack.base_url)
    with made.app_context():
        yield made


@pytest.fixture
def harmattan(app: Flask) -> Story:
    """The business, with keys of its own."""
    story = a_business(app)
    accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now())
    return story


@pytest.fixture
def customer(harmattan: Story) -> Customer:
    """The customer of an invoice over ₦3,225.00."""
    invoice_id = harmattan.issued()
    return Customer(harmattan, invoice_id, harmattan.link(invoice_id))


@pytest.fixture
def notify(paystack: FakePaystack, customer: Customer) -> Callable[..., int]:
    """Delivers a notice to the business's address and returns the status it was answered with."""
    key = get_business(customer.story.business_id).gateway_key

    def deliver(raw: bytes, headers: dict[str, str], **options: Any) -> int:
        path = f"/webhooks/paystack/{options.pop('key', key)}/"
        return int(customer.browser.post(path, data=raw, headers=headers, **options).status_code)

    return deliver


@pytest.fixture
def offered(customer: Customer) -> Customer:
    """The business lets cards be kept."""
    charge_saved_cards(customer.story, "due")
    return customer


@pytest.fixture
def card(offered: Customer, paystack: FakePaystack) -> Card:
    """The invoice is paid, and its card kept: as Paystack has it."""
    return keep(offered, paystack)
