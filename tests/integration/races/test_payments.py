"""Money that comes twice is booked twice, news that comes fifty times is booked once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select

from app import clock, database, jobs
from app.auth.models import Business
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import Job
from app.ledger import queries as ledger
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE
from app.payments.models import Allocation, Attempt, Payment, WebhookEvent
from app.payments.service import receive_webhook, settle
from app.payments.service.checkout import REUSE_FOR
from app.payments.tasks import ask_planned, prepare_verify
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.support.story import Story, a_business

# Guards that stand behind the lock; a twin has to take them away, too, before money is booked twice.
EVENT_KEY, GATEWAY_REFERENCE = "uq_webhook_event_key", "uq_payment_gateway_reference"


def no_locks() -> None:
    """Read without locks, begin without a write lock, and save without asking whether the row has changed."""
    database.LOCKS = False
    for model in (Invoice, Attempt, Payment):
        inspect(model).version_id_col = None


def deliver(key: str, raw: bytes, headers: dict[str, str]) -> int:
    """Receive one copy of a notice, then help with whatever work is due."""
    receive_webhook("demo", key, raw, headers, now=clock.now())
    db.session.remove()
    return jobs.run_due()


def book(business_id: uuid.UUID, attempt_id: uuid.UUID) -> str:
    """Ask the bank about an attempt, as its job does, and act on the answer."""
    context = jobs.Context(business_id, {"attempt_id": str(attempt_id)}, clock.now(), uuid.uuid4())
    question = prepare_verify(context)
    assert question is not None
    db.session.remove()
    answer = ask_planned(question)
    return settle(business_id, attempt_id, answer, now=context.now).state


def count(model: type, story: Story) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(model.business_id == story.business_id)) or 0


def total(column: object, story: Story) -> int:
    query = select(func.sum(column)).where(column.class_.business_id == story.business_id)
    return int(db.session.scalar(query) or 0)


def owed(story: Story, invoice_id: uuid.UUID) -> int:
    return db.session.get(Invoice, (story.business_id, invoice_id), populate_existing=True).balance_minor


def check_ledger(story: Story, invoice_id: uuid.UUID) -> None:
    """What the rows say is what the journal proves."""
    invoice = db.session.get(Invoice, (story.business_id, invoice_id), populate_existing=True)
    booked = ledger.account_balances(story.business_id)
    assert sum(booked.values()) == 0
    assert booked["cash:gateway", "NGN"] == total(Payment.amount_minor, story)
    assert booked.get((RECEIVABLE, "NGN"), 0) == invoice.balance_minor
    assert booked.get((CLIENT_CREDIT, "NGN"), 0) == -total(Payment.unallocated_minor, story)
    assert total(Allocation.amount_minor, story) == invoice.total_minor - invoice.balance_minor


def nobody_failed(outcomes: list[Outcome], story: Story) -> None:
    """No worker saw an error, and no job had to be tried a second time."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    failed = select(Job.error).where(Job.business_id == story.business_id, Job.failures > 0)
    assert not list(db.session.scalars(failed))


# -- one notice, fifty copies ------------------------------------------------------------------------------------------


def fifty_copies(app: Flask, config: Config, disarm: Callable[[], None] | None = None, copies: int = 50):
    story = a_business(app)
    invoice_id = story.issued()
    raw, headers = story.pay_at_bank(story.attempt(invoice_id))
    key = db.session.get(Business, story.business_id).gateway_key
    db.session.remove()
    outcomes = all_at_once(config, deliver, [(key, raw, headers)] * copies, disarm=disarm)
    jobs.run_all()
    return story, invoice_id, outcomes


def check_one_payment(story: Story, invoice_id: uuid.UUID, outcomes: list[Outcome], copies: int = 50) -> None:
    nobody_failed(outcomes, story)
    assert (count(Payment, story), count(Allocation, story), count(WebhookEvent, story)) == (1, 1, 1)
    assert total(WebhookEvent.copies, story) == copies
    assert owed(story, invoice_id) == 0
    check_ledger(story, invoice_id)


def test_fifty_copies_of_one_notice_make_one_payment(app, config):
    check_one_payment(*fifty_copies(app, config))


def test_without_the_locks_fifty_copies_do_not_end_in_one_quiet_payment(app, config, drop_index):
    drop_index(EVENT_KEY, GATEWAY_REFERENCE)
    lost = race_until_lost(lambda: check_one_payment(*fifty_copies(app, config, disarm=no_locks)))
    assert lost


# -- two payments, one balance -----------------------------------------------------------------------------------------


def two_payments(app: Flask, config: Config, disarm: Callable[[], None] | None = None):
    """Two tabs, two checkouts for the whole balance, and the customer pays both."""
    story = a_business(app)
    invoice_id = story.issued()
    later = clock.now() + REUSE_FOR + timedelta(minutes=1)
    attempts = [story.attempt(invoice_id), story.attempt(invoice_id, now=later)]
    assert attempts[0].id != attempts[1].id
    for attempt in attempts:
        story.pay_at_bank(attempt)
    pieces = [(story.business_id, attempt.id) for attempt in attempts]
    db.session.remove()
    return story, invoice_id, all_at_once(config, book, pieces, processes=2, disarm=disarm)


def check_one_allocated_one_credit(story: Story, invoice_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    nobody_failed(outcomes, story)
    assert [outcome.value for outcome in outcomes] == ["paid", "paid"]
    amount = db.session.get(Invoice, (story.business_id, invoice_id), populate_existing=True).total_minor
    assert (count(Payment, story), count(Allocation, story)) == (2, 1)
    assert sorted(db.session.scalars(select(Payment.unallocated_minor))) == [0, amount]
    assert ledger.client_balance(story.business_id, story.client_id) == {"NGN": -amount}
    assert owed(story, invoice_id) == 0
    check_ledger(story, invoice_id)


def test_of_two_genuine_payments_for_one_balance_one_settles_it_and_one_stays_as_credit(app, config):
    check_one_allocated_one_credit(*two_payments(app, config))


def test_without_the_lock_both_settle_the_same_balance_or_one_is_lost(app, config):
    lost = race_until_lost(lambda: check_one_allocated_one_credit(*two_payments(app, config, disarm=no_locks)))
    assert lost


@pytest.mark.long
def test_the_long_form_races_thirty_times(app, config):
    for _ in range(30):
        story, invoice_id, outcomes = two_payments(app, config)
        nobody_failed(outcomes, story)
        assert (count(Payment, story), count(Allocation, story)) == (2, 1)
        check_ledger(story, invoice_id)
