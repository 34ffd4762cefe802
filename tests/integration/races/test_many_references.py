"""Fifty customers pay the same invoice at the same moment: all of the money is booked, and one of them settles it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.auth.service import links
from app.extensions import db
from app.ledger import queries as ledger
from app.payments import service as payments
from app.payments.models import Allocation, Attempt, Payment
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_payments import (
    GATEWAY_REFERENCE,
    book,
    check_ledger,
    count,
    no_locks,
    nobody_failed,
    owed,
    total,
)
from tests.support.sound import violations
from tests.support.story import Click, Story, a_business

TOTAL, CUSTOMERS = 322_500, 50


def paid_at_the_bank(story: Story, invoice_id: uuid.UUID, customers: int) -> list[uuid.UUID]:
    """Attempts over the whole balance by different people, each paid at the bank and not heard of yet."""
    link = links.find_link(story.link(invoice_id), "invoice", clock.now())
    assert link is not None
    attempts = []
    for number in range(customers):
        made = payments.start_checkout(link, f"customer{number}@example.com", now=clock.now())
        made = payments.open_checkout(story.business_id, made.id, now=clock.now())
        story.pay_at_bank(Click(made.id, made.reference))
        attempts.append(made.id)
    return attempts


def race(app: Flask, config: Config, disarm: Callable[[], None] | None = None, customers: int = CUSTOMERS):
    story = a_business(app)
    invoice_id = story.issued()
    pieces = [(story.business_id, attempt_id) for attempt_id in paid_at_the_bank(story, invoice_id, customers)]
    db.session.remove()
    return story, invoice_id, all_at_once(config, book, pieces, disarm=disarm)


def check(story: Story, invoice_id: uuid.UUID, outcomes: list[Outcome], customers: int = CUSTOMERS) -> None:
    """Everybody's money is there under their own reference; one payment settled the invoice, the rest is credit."""
    nobody_failed(outcomes, story)
    db.session.rollback()
    assert [outcome.value for outcome in outcomes] == ["paid"] * customers
    assert (count(Payment, story), count(Allocation, story)) == (customers, 1)
    mine = (Attempt.business_id == story.business_id, Payment.business_id == story.business_id)
    same = select(Attempt.id).join(Payment, Payment.gateway_reference == Attempt.reference).where(*mine)
    assert len(set(db.session.scalars(same))) == customers
    assert total(Allocation.amount_minor, story) == TOTAL
    left = select(Payment.unallocated_minor).where(Payment.business_id == story.business_id)
    assert sorted(db.session.scalars(left)) == [0] + [TOTAL] * (customers - 1)
    assert ledger.client_balance(story.business_id, story.client_id) == {"NGN": -TOTAL * (customers - 1)}
    assert owed(story, invoice_id) == 0
    check_ledger(story, invoice_id)
    assert violations(story.business_id) == []


def test_of_fifty_genuine_payments_for_one_balance_one_settles_it_and_the_rest_is_credit(
    app: Flask, config: Config
) -> None:
    check(*race(app, config))


def test_without_the_locks_the_balance_is_settled_twice_or_somebodys_money_is_lost(
    app: Flask, config: Config, drop_index: Callable[..., None]
) -> None:
    drop_index(GATEWAY_REFERENCE)
    assert race_until_lost(lambda: check(*race(app, config, no_locks, customers=12), customers=12))


@pytest.mark.long
def test_the_long_form_has_two_hundred_customers_and_ten_rounds(app: Flask, config: Config) -> None:
    for customers in (200, *[CUSTOMERS] * 10):
        check(*race(app, config, customers=customers), customers=customers)
