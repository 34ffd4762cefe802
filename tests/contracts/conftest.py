"""Every gateway in turn, and a Paystack on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import TEST_KEY, Card, FakePaystack, run_fake_paystack
from tests.contracts.gateway_accounts import EMAIL, HURRIED, Account, checkout, open_account


@pytest.fixture(params=["demo", "paystack"])
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    """An account with each gateway."""
    with open_account(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def fake() -> Iterator[FakePaystack]:
    """Paystack's side."""
    with run_fake_paystack() as running:
        yield running


@pytest.fixture
def paystack(fake: FakePaystack) -> Paystack:
    """Our side, as patient as in production."""
    return Paystack(TEST_KEY, base_url=fake.base_url)


@pytest.fixture
def hurried(fake: FakePaystack) -> Paystack:
    """The same account, soon tired of waiting: for calls that are to fail."""
    return Paystack(TEST_KEY, base_url=fake.base_url, limits=HURRIED)


@pytest.fixture
def paid(fake: FakePaystack, paystack: Paystack) -> str:
    """The reference of NGN 344,000.00 that came."""
    wanted = checkout()
    paystack.start(wanted)
    fake.finish(wanted.reference, "success")
    return wanted.reference


@pytest.fixture
def card(fake: FakePaystack) -> Card:
    """A card that may be charged again."""
    return fake.new_card(EMAIL)
