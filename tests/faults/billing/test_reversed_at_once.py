"""Two people take a run back at the same moment, while workers and hands are at it: back is back, once, and what was
free again is billed once by the next run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

from flask import Flask
from sqlalchemy import select

from app import clock, database
from app.auth.rules import Actor
from app.billing import service
from app.billing.models import BilledPeriod, RunEntry
from app.billing.rules.runs import WrongRun
from app.billing.service import run_posting, run_reversing, running
from app.errors import DuelyError
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.money import Money
from app.payments.service import record_payment
from config import Config
from tests.faults.billing.runner import in_small_pieces
from tests.faults.billing.subscribers import Crowd, a_crowd, audit_is_clean, exactly_once
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost

ALREADY = "somebody else did"


def do(actor: Actor, what: str, run_id: uuid.UUID, day: date) -> str:
    """Take a run back and help with it to its end; or have something to do with what is in it meanwhile."""
    in_small_pieces(reversed=5)
    if what == "reverse":
        try:
            service.reverse(actor, run_id, "Wrong prices", now=clock.now())
            said = "reversed"
        except WrongRun:
            said = ALREADY
        while run_reversing.reverse_next(actor.business_id, run_id, now=clock.now()):
            pass
        return said
    if what == "pay":
        mine = (RunEntry.business_id == actor.business_id, RunEntry.run_id == run_id)
        invoices = list(db.session.scalars(select(RunEntry.invoice_id).where(*mine).order_by(RunEntry.id).limit(5)))
        for invoice_id in invoices:
            try:
                record_payment(actor, invoice_id, Money(1_000, "NGN"), "cash", day, now=clock.now())
            except DuelyError:
                said = "It is credited already, and nothing is owed on it."
        return "paid"
    bill_all(actor.business_id, day)
    return "billed"


def bill_all(business_id: uuid.UUID, day: date) -> uuid.UUID:
    """Start a run and let somebody approve it."""
    actor = Actor.system(business_id)
    run_id = service.start_run(actor, day, now=clock.now()).id
    while running.plan_next(business_id, run_id, now=clock.now()):
        pass
    run = db.session.scalar(select(RunEntry.id).where(RunEntry.business_id == business_id, RunEntry.run_id == run_id))
    if run is not None:
        service.approve(actor, run_id, version=None, looked=True, now=clock.now())
        while run_posting.post_next(business_id, run_id, now=clock.now()):
            pass
    return run_id


def posted(crowd: Crowd) -> uuid.UUID:
    """A run that is posted, and whose messages wait."""
    run_id = bill_all(crowd.business_id, crowd.today())
    assert crowd.state(run_id) == "posted"
    exactly_once(crowd, crowd.today())
    return run_id


def race(crowd: Crowd, config: Config, run_id: uuid.UUID, disarm: Callable[[], None] | None = None) -> list[Outcome]:
    pieces = [(crowd.owner, what, run_id, crowd.today()) for what in ("reverse", "reverse", "pay", "reverse")]
    db.session.remove()
    return all_at_once(config, do, pieces, disarm=disarm)


def check(crowd: Crowd, run_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    errors = [outcome.error for outcome in outcomes if outcome.error]
    assert not errors, errors[0]
    assert sorted(outcome.value for outcome in outcomes) == ["paid", "reversed", ALREADY, ALREADY]
    assert crowd.state(run_id) == "reversed"
    assert crowd.count(BilledPeriod, BilledPeriod.reversed_at.is_(None)) == 0
    assert {row.balance_minor for row in crowd.rows(Invoice)} == {0}
    assert crowd.count(CreditNote) == crowd.count(Invoice) > 0
    audit_is_clean(crowd)


def no_locks() -> None:
    """Begin without a write lock, and hold nothing that is read to be changed."""
    database.LOCKS = False


def test_a_run_is_taken_back_once_and_billed_once_again(app: Flask, config: Config) -> None:
    crowd = a_crowd(app, 60, approve_alone=False)
    run_id = posted(crowd)
    check(crowd, run_id, race(crowd, config, run_id))
    bill_all(crowd.business_id, crowd.today())
    exactly_once(crowd, crowd.today())
    audit_is_clean(crowd)


def test_without_locks_somebody_gets_in_the_way(app: Flask, config: Config) -> None:
    def run() -> None:
        crowd = a_crowd(app, 60, approve_alone=False)
        run_id = posted(crowd)
        check(crowd, run_id, race(crowd, config, run_id, disarm=no_locks))

    assert race_until_lost(run)


def test_what_is_free_again_is_billed_while_the_rest_is_taken_back(app: Flask, config: Config) -> None:
    """Somebody is in a hurry and bills anew before the run is taken back to its end."""
    crowd = a_crowd(app, 60, approve_alone=False)
    run_id = posted(crowd)
    pieces = [(crowd.owner, what, run_id, crowd.today()) for what in ("reverse", "bill", "reverse", "bill")]
    db.session.remove()
    outcomes = all_at_once(config, do, pieces)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert crowd.state(run_id) == "reversed"
    audit_is_clean(crowd)
    bill_all(crowd.business_id, crowd.today())
    exactly_once(crowd, crowd.today(), together=False)
    audit_is_clean(crowd)
