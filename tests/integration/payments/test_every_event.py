"""Every event Paystack knows, delivered to the running application: taken with 200, worked on, and nothing booked."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.jobs import run_all
from app.jobs.models import Job
from app.ledger.models import JournalEntry
from app.payments.models import HeldMoney, WebhookEvent
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.events import NAMES, every_event
from tests.integration.portal.conftest import Customer

Notify = Callable[..., int]


def count(model: Any, *conditions: Any) -> int:
    """How many rows there are."""
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0)


def test_all_names_have_a_sample():
    assert {event["event"] for event in every_event("x")} == set(NAMES)
    assert len(NAMES) == len(set(NAMES)) == 33


@pytest.mark.parametrize("name", NAMES)
def test_an_event_that_claims_anything_is_taken_and_books_nothing(
    customer: Customer, paystack: FakePaystack, notify: Notify, name: str
):
    customer.pay()
    reference = customer.attempts()[0].reference
    entries = count(JournalEntry)
    bodies = [json.dumps(event).encode() for event in every_event(reference) if event["event"] == name]
    assert bodies
    for raw in bodies:
        assert notify(raw, paystack.sign(raw)) == 200
    run_all()
    assert count(JournalEntry) == entries
    assert customer.payments() == []
    assert customer.invoice().balance_minor == customer.invoice().total_minor
    assert count(HeldMoney) == 0
    assert count(WebhookEvent) >= 1
    assert count(WebhookEvent, WebhookEvent.handled_at.is_(None)) == 0
    assert count(Job, Job.state == "parked") == 0


def _hmac(raw: bytes, algorithm: Any = hashlib.sha512, key: str = TEST_KEY) -> str:
    return hmac.new(key.encode(), raw, algorithm).hexdigest()


@pytest.mark.parametrize(
    "what, forge",
    [
        ("no header", lambda raw: {}),
        ("an empty header", lambda raw: {"X-Paystack-Signature": ""}),
        ("another key", lambda raw: {"X-Paystack-Signature": _hmac(raw, key="sk_test_another")}),
        ("the public key", lambda raw: {"X-Paystack-Signature": _hmac(raw, key=TEST_KEY.replace("sk_", "pk_"))}),
        ("upper case", lambda raw: {"X-Paystack-Signature": _hmac(raw).upper()}),
        ("mixed case", lambda raw: {"X-Paystack-Signature": _hmac(raw).title()}),
        ("another hash", lambda raw: {"X-Paystack-Signature": _hmac(raw, hashlib.sha256)}),
        ("a changed byte", lambda raw: {"X-Paystack-Signature": _hmac(raw + b" ")}),
        ("not ASCII", lambda raw: {"X-Paystack-Signature": "é" * 128}),
        ("the name of the hash in front", lambda raw: {"X-Paystack-Signature": "sha512=" + _hmac(raw)}),
        ("two of them", lambda raw: {"X-Paystack-Signature": f"{_hmac(raw)},{_hmac(raw)}"}),
        ("another header", lambda raw: {"X-Demo-Signature": _hmac(raw)}),
    ],
)
def test_a_signature_that_is_not_exactly_right_is_refused(
    customer: Customer, paystack: FakePaystack, notify: Notify, what: str, forge: Callable[[bytes], dict[str, str]]
):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    raw, right = paystack.notice(reference)
    assert notify(raw, forge(raw)) == 401, what
    assert count(WebhookEvent) == 0
    assert notify(raw, right) == 200
