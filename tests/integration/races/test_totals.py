"""Payments of one day at the same moment raise one total, and none of them is forgotten in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, database
from app.auth.rules import Actor
from app.extensions import db
from app.ledger import totals
from app.ledger.models import PeriodTotal
from app.money import Money
from app.payments import service as payments
from config import Config
from tests.integration.races.crowd import all_at_once, race_until_lost
from tests.integration.races.test_books import books_are_right
from tests.support.story import a_business

TOGETHER = 12


def pay(actor: Actor, invoice_id: uuid.UUID) -> None:
    today, amount = clock.today("Africa/Lagos"), Money(322_500, "NGN")
    payments.record_payment(actor, invoice_id, amount, "cash", today, now=clock.now())


def read_then_write(session: Session) -> None:
    """Totals kept by reading what stands there and writing the sum, as one should not."""
    session.flush()
    for key, figures in session.info.pop(totals.NOTES, {}).items():
        row = session.get(PeriodTotal, dict(zip(totals.KEY, key, strict=True)))
        if row is None:
            session.add(
                row := PeriodTotal(**dict(zip(totals.KEY, key, strict=True)), **dict.fromkeys(totals.FIGURES, 0))
            )
        for name, figure in zip(totals.FIGURES, figures, strict=True):
            setattr(row, name, getattr(row, name) + figure)
    session.flush()


def no_arithmetic() -> None:
    database.LOCKS = False
    totals._write = read_then_write  # type: ignore[assignment]


def payments_of_one_day(app: Flask, config: Config, disarm: Callable[[], None] | None = None) -> None:
    story = a_business(app)
    pieces = [(story.owner, story.issued()) for _ in range(TOGETHER)]
    db.session.remove()
    outcomes = all_at_once(config, pay, pieces, disarm=disarm)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    received = select(PeriodTotal).where(PeriodTotal.business_id == story.business_id, PeriodTotal.kind == "received")
    received = received.where(PeriodTotal.span == "month")
    assert [(row.documents, row.total_minor) for row in db.session.scalars(received)] == [
        (TOGETHER, TOGETHER * 322_500)
    ]
    books_are_right(app)


def test_payments_of_one_day_are_all_in_its_total(app, config):
    payments_of_one_day(app, config)


def test_a_total_that_is_read_and_then_written_loses_some(app, config):
    assert race_until_lost(lambda: payments_of_one_day(app, config, no_arithmetic))
