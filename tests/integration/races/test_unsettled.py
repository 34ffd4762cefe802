"""People say that a payment was not made, at the moment its money arrives: the money is booked, and once."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.auth.models import AuditEvent
from app.database import writing
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.errors import NotUnsettled
from app.payments.models import Attempt, Payment
from app.payments.service import ask_anew, say_not_paid, verify_now
from config import Config
from tests.integration.races.crowd import all_at_once, race_until_lost
from tests.integration.races.test_payments import no_locks
from tests.support.sound import violations
from tests.support.story import Story, a_business

MANY = 12


def press(story: Story, attempt_id: uuid.UUID, hand: str) -> str:
    """Two people say that it was not paid, others ask anew, and the money is heard of."""
    try:
        if hand == "money":
            verify_now(story.business_id, attempt_id, now=clock.now())
        elif hand == "not paid":
            say_not_paid(story.owner, attempt_id, now=clock.now())
        else:
            ask_anew(story.owner, attempt_id, now=clock.now())
    except NotUnsettled:
        return "too late"
    return hand


def crowd(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> None:
    story = a_business(app)
    invoice_id = story.issued()
    click = story.attempt(invoice_id)
    story.pay_at_bank(click)
    with writing():
        db.session.execute(update(Attempt).where(Attempt.id == click.id).values(state="unclear"))
    bare = Story(None, story.business_id, story.owner, "", story.client_id, story.tax_id)  # type: ignore[arg-type]
    db.session.remove()
    hands = ("not paid", "money", "not paid", "ask")
    outcomes = all_at_once(config, press, [(bare, click.id, hands[place % 4]) for place in range(MANY)], disarm=disarm)
    db.session.remove()
    assert not [outcome.error for outcome in outcomes if outcome.error]
    mine = (Payment.business_id == story.business_id,)
    assert db.session.scalar(select(func.count()).select_from(Payment).where(*mine)) == 1
    assert db.session.get_one(Invoice, (story.business_id, invoice_id)).balance_minor == 0
    assert db.session.get_one(Attempt, (story.business_id, click.id)).state == "paid"
    said = select(func.count()).where(AuditEvent.business_id == story.business_id, AuditEvent.verb == "said_not_paid")
    assert db.session.scalar(said) <= 1
    assert violations(story.business_id) == []


def test_the_money_is_booked_whoever_is_first(app: Flask, config: Config):
    for _ in range(3):
        crowd(app, config)


def test_without_locks_it_would_be_called_unpaid_or_booked_again(app: Flask, config: Config, drop_index):
    drop_index("uq_payment_gateway_reference")
    assert race_until_lost(lambda: crowd(app, config, no_locks))
