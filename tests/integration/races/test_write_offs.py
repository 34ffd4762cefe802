"""Writing off at the same moment as money comes: nothing is given up that was paid, and nothing paid is lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth.rules import Actor
from app.auth.service import links
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice, WriteOff
from app.money import Money
from app.payments import service as payments
from app.payments.models import Allocation, Payment
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_books import attempted, books_are_right
from tests.integration.races.test_payments import book, no_locks
from tests.support.story import Click, Story, a_business

TOTAL, PARTS = 322_500, (100_000, 50_000, 20_000)


def give_up_or_book(actor: Actor, invoice_id: uuid.UUID, attempt_id: uuid.UUID | None) -> str:
    """Write the invoice off, or book what the bank says of an attempt."""
    if attempt_id:
        return book(actor.business_id, attempt_id)
    return "write off " + attempted(invoices.write_off, actor, invoice_id, "Gone bankrupt", now=clock.now())


def parts_paid_at_the_bank(story: Story, invoice_id: uuid.UUID) -> list[uuid.UUID]:
    """Attempts over a part each, paid at the bank and not booked yet."""
    link = links.find_link(story.link(invoice_id), "invoice", clock.now())
    found = []
    for minor in PARTS:
        made = payments.start_checkout(link, "customer@example.com", now=clock.now(), amount=Money(minor, "NGN"))
        made = payments.open_checkout(story.business_id, made.id, now=clock.now())
        story.pay_at_bank(Click(made.id, made.reference))
        found.append(made.id)
    return found


def race(app: Flask, config: Config, disarm: Callable[[], None] | None = None):
    """Three parts come and three people give up, all at the same moment."""
    story = a_business(app)
    invoice_id = story.issued()
    pieces = [(story.owner, invoice_id, found) for found in parts_paid_at_the_bank(story, invoice_id)]
    pieces += [(story.owner, invoice_id, None)] * len(PARTS)
    db.session.remove()
    return story, invoice_id, all_at_once(config, give_up_or_book, pieces, processes=6, disarm=disarm)


def check(app: Flask, story: Story, invoice_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    """One write-off, of exactly what was not settled before it; money that came after it is credit."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    told = sorted(outcome.value for outcome in outcomes)
    assert told == ["paid"] * 3 + ["write off WrongState"] * 2 + ["write off done"]
    db.session.remove()
    invoice = db.session.get_one(Invoice, (story.business_id, invoice_id))
    mine = Allocation.business_id == story.business_id
    settled = db.session.scalar(select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(mine))
    assert (invoice.status, invoice.balance_minor) == ("written_off", 0)
    assert invoice.written_off_minor == TOTAL - settled
    gone = select(WriteOff.amount_minor).where(WriteOff.business_id == story.business_id)
    assert list(db.session.scalars(gone)) == [TOTAL - settled]
    left = select(func.sum(Payment.unallocated_minor)).where(Payment.business_id == story.business_id)
    assert db.session.scalar(left) == sum(PARTS) - settled
    books_are_right(app)


def test_what_is_written_off_is_what_was_not_paid_before_it(app: Flask, config: Config) -> None:
    check(app, *race(app, config))


def test_without_the_lock_what_was_paid_is_written_off_or_something_breaks(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check(app, *race(app, config, disarm=no_locks)))
