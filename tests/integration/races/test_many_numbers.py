"""Numbers stay gapless when invoices are issued in bulk by several at once, and one by one in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date

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
from app.invoices.service import issuing, issuing_many
from app.invoices.values import DraftValues
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_numbers import number_by_looking
from tests.support.sound import violations
from tests.support.story import Story, a_business

ROLLED_BACK = "the last step of this one failed"
MANY = 7


def issue_some(business_id: uuid.UUID, values: Sequence[DraftValues], fails: bool) -> list[str]:
    """Issue these in bulk, or the only one by itself; if it `fails`, nothing of it is left."""
    actor = Actor("person", business_id, role="staff")
    with writing():
        if len(values) == 1:
            made = service.create_draft(actor, values[0], now=clock.now())
            numbers = [str(service.issue(actor, made.id, now=clock.now()).number)]
        else:
            numbers = [one.number for one in service.issue_many(actor, values, now=clock.now())]
        if fails:
            raise RuntimeError(ROLLED_BACK)
        return numbers


def no_locks() -> None:
    """Begin without a write lock, and number by reading and adding instead of by one statement."""
    database.LOCKS = False
    issuing.next_number = number_by_looking  # type: ignore[assignment]
    issuing_many.next_numbers = numbers_by_looking  # type: ignore[assignment]


def numbers_by_looking(business: Business, issue_dates: Sequence[date]) -> list[str]:
    """How it must not be done: read the last number, add to it, write it back."""
    day = issue_dates[0]
    key = {"business_id": business.id, "kind": "invoice", "period": period_key(business.number_yearly, day)}
    row = db.session.scalars(select(Counter).filter_by(**key)).one()
    first = row.value + 1
    row.value += len(issue_dates)
    db.session.flush()
    return [format_number(business.number_pattern, day, first + at) for at in range(len(issue_dates))]


def race(config: Config, story: Story, count: int, disarm: Callable[[], None] | None = None) -> list[Outcome]:
    """`count` people at once: two in three issue many, the others one; every tenth is rolled back."""
    story.issued()
    one = story.draft_values()
    pieces = [(story.business_id, [one] * (1 if i % 3 == 2 else MANY), i % 10 == 9) for i in range(count)]
    db.session.remove()
    return all_at_once(config, issue_some, pieces, disarm=disarm)


def check(story: Story, outcomes: list[Outcome]) -> None:
    errors = [outcome.error for outcome in outcomes if outcome.error and ROLLED_BACK not in outcome.error]
    assert not errors, errors[0]
    mine = (Invoice.business_id == story.business_id, Invoice.status == "open")
    numbers = sorted(db.session.scalars(select(Invoice.number).where(*mine)))
    year = db.session.scalar(select(func.max(Invoice.issue_date)).where(*mine)).year
    given = [number for outcome in outcomes if not outcome.error for number in outcome.value]
    assert numbers == [f"INV-{year}-{n:04}" for n in range(1, len(given) + 2)]
    assert sorted([*given, f"INV-{year}-0001"]) == numbers
    # Who issued many at once got numbers that follow one another.
    for some in (outcome.value for outcome in outcomes if not outcome.error):
        assert [int(number[-4:]) - int(some[0][-4:]) for number in some] == list(range(len(some)))


def business(app: Flask) -> Story:
    return a_business(app, "Harmattan Fibre")


def test_thirty_who_issue_at_once_leave_no_gap_though_a_tenth_is_rolled_back(app, config):
    story = business(app)
    check(story, race(config, story, 30))
    assert violations(story.business_id) == []


def test_without_the_lock_the_same_race_is_lost(app, config, drop_index):
    drop_index("uq_invoice_number")

    def run() -> None:
        story = business(app)
        check(story, race(config, story, 30, disarm=no_locks))

    assert race_until_lost(run)
