"""Numbers are gapless and given once, however many invoices are issued at the same moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, database
from app.auth.models import Business
from app.auth.rules import Actor
from app.database import writing
from app.extensions import db
from app.invoices import service
from app.invoices.models import Counter, Invoice
from app.invoices.rules import format_number, period_key
from app.invoices.service import issuing
from app.ledger.models import JournalEntry
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.support.story import Story, a_business

ROLLED_BACK = "the last step of this one failed"


class LastStepFailed(RuntimeError):
    """What somebody's transaction ends with after its invoice had its number."""


def issue_one(business_id: uuid.UUID, invoice_id: uuid.UUID, fails: bool) -> str:
    """Issue a draft; if it `fails`, in a transaction that is rolled back after the number was given."""
    actor = Actor("person", business_id, role="staff")
    with writing():
        invoice = service.issue(actor, invoice_id, now=clock.now())
        if fails:
            raise LastStepFailed(ROLLED_BACK)
        return str(invoice.number)


def no_locks() -> None:
    """Begin without a write lock, and number by reading and adding one instead of by one statement."""
    database.LOCKS = False
    issuing.next_number = number_by_looking  # type: ignore[assignment]


def number_by_looking(business: Business, issue_date: date, kind: str = "invoice") -> str:
    """How it must not be done: read the last number, add one, write it back."""
    period = period_key(business.number_yearly, issue_date)
    key = {"business_id": business.id, "kind": kind, "period": period}
    row = db.session.scalar(select(Counter).filter_by(**key))
    if row is None:
        row = Counter(**key, value=0)
        db.session.add(row)
    row.value += 1
    db.session.flush()
    return format_number(business.number_pattern, issue_date, row.value)


def race(config: Config, stories: list[Story], count: int, disarm: Callable[[], None] | None = None) -> list[Outcome]:
    """Issue `count` drafts at once, spread over the businesses, every tenth of them rolled back."""
    for story in stories:
        # The counter exists, so that what is raced for is a number and not the first row.
        story.issued()
    pieces = [
        (s.business_id, s.draft(), i % 10 == 9) for i, s in ((i, stories[i // 3 % len(stories)]) for i in range(count))
    ]
    db.session.remove()
    return all_at_once(config, issue_one, pieces, disarm=disarm)


def check(stories: list[Story], outcomes: list[Outcome], count: int) -> None:
    """Everybody who was not rolled back has a number of their own, and no number is missing."""
    errors = [outcome.error for outcome in outcomes if outcome.error]
    planned = [error for error in errors if ROLLED_BACK in error]
    assert len(errors) == len(planned), next(error for error in errors if ROLLED_BACK not in error)
    assert len(planned) == count // 10
    for story in stories:
        numbers = sorted(db.session.scalars(select(Invoice.number).where(*_issued(story))))
        year = db.session.scalar(select(func.max(Invoice.issue_date)).where(*_issued(story))).year
        assert numbers == [f"INV-{year}-{n:04}" for n in range(1, len(numbers) + 1)]
        posted = select(func.count()).where(JournalEntry.business_id == story.business_id, JournalEntry.kind == "issue")
        assert db.session.scalar(posted) == len(numbers)


def _issued(story: Story) -> tuple[object, ...]:
    return Invoice.business_id == story.business_id, Invoice.status == "open"


def two_businesses(app: Flask) -> list[Story]:
    return [a_business(app, "Harmattan Fibre"), a_business(app, "Savannah Coffee")]


def test_sixty_four_at_once_in_two_businesses_leave_no_gap_though_a_tenth_is_rolled_back(app, config):
    stories = two_businesses(app)
    check(stories, race(config, stories, 64), 64)


def test_without_the_lock_the_same_race_is_lost(app, config, drop_index):
    drop_index("uq_invoice_number")

    def run() -> None:
        stories = two_businesses(app)
        check(stories, race(config, stories, 64, disarm=no_locks), 64)

    assert race_until_lost(run)


@pytest.mark.long
def test_the_long_form_does_it_over_and_over(app, config):
    stories = two_businesses(app)
    total = len(stories)
    for _ in range(10):
        outcomes = race(config, stories, 64)
        check(stories, outcomes, 64)
        total += 64 - 64 // 10
    assert total > 500
