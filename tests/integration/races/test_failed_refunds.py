"""News that a refund failed, many times, while its invoice is paid: nothing is settled or credited twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import inspect

from app import clock
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments import service as payments
from app.payments.gateways.moneyback import RefundAnswer
from app.payments.models import Payment, Refund
from app.payments.service.refunding import GivenBack
from app.payments.service.sending_back import settle_refund
from config import Config
from tests.integration.races.crowd import all_at_once, race_until_lost
from tests.integration.races.test_payments import no_locks
from tests.support.sound import violations
from tests.support.story import Story, a_business

DUE, BACK, MANY = 322_500, 50_000, 12


def bare_of_locks() -> None:
    no_locks()
    inspect(Refund).version_id_col = None


def press(story: Story, refund_id: uuid.UUID, invoice_id: uuid.UUID, hand: str) -> str:
    """The company says once more that it failed, or somebody brings a part of what is owed."""
    if hand == "failed":
        answer = RefundAnswer("failed", "7", BACK, "NGN", reason="The account is closed")
        settle_refund(story.business_id, refund_id, answer, now=clock.now())
    else:
        today = clock.today("Africa/Lagos")
        payments.record_payment(story.owner, invoice_id, Money(20_000, "NGN"), "cash", today, now=clock.now())
    return hand


def crowd(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> None:
    story = a_business(app)
    invoice_id = story.issued()
    click = story.attempt(invoice_id)
    story.pay_at_bank(click)
    payments.verify_now(story.business_id, click.id, now=clock.now())
    paid = db.session.query(Payment).filter_by(business_id=story.business_id).one().id
    told = GivenBack(Money(BACK, "NGN"), "gateway", clock.today("Africa/Lagos"), "Line was down", through_id=paid)
    refund_id = payments.refund(story.owner, "payment", paid, told, now=clock.now()).id
    bare = Story(None, story.business_id, story.owner, "", story.client_id, story.tax_id)  # type: ignore[arg-type]
    db.session.remove()
    pieces = [(bare, refund_id, invoice_id, "failed" if place % 3 else "cash") for place in range(MANY)]
    outcomes = all_at_once(config, press, pieces, disarm=disarm)
    db.session.remove()
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert db.session.get_one(Refund, (story.business_id, refund_id)).state == "failed"
    assert db.session.get_one(Payment, (story.business_id, paid)).refunded_minor == 0
    invoice = db.session.get_one(Invoice, (story.business_id, invoice_id))
    left = sum(one.unallocated_minor for one in db.session.query(Payment).filter_by(business_id=story.business_id))
    assert (invoice.balance_minor, left) == (0, 20_000 * (MANY // 3))
    assert violations(story.business_id) == []


def test_what_came_back_and_what_is_paid_settle_it_once(app: Flask, config: Config):
    for _ in range(3):
        crowd(app, config)


def test_without_locks_it_would_be_settled_twice_or_break(app: Flask, config: Config):
    assert race_until_lost(lambda: crowd(app, config, bare_of_locks))
