"""Billing runs that several work on at once, or that die under way: every period is billed once, all of them are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.auth.rules import Actor
from app.billing import service
from app.billing.models import BilledPeriod, BillingRun, RunEntry
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import run_posting, run_reversing, running
from app.billing.service.billing import bill_client
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices.models import Invoice
from app.reports.checks import violations
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once, race_until_lost
from tests.integration.races.test_payments import no_locks
from tests.support.story import Story, a_business

CLIENTS, AT_ONCE = 12, 3
AS_OF, NOW = date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC)


def a_run(app: Flask) -> tuple[Story, uuid.UUID, list[uuid.UUID]]:
    """An approved run of one period for each of some clients."""
    story = a_business(app)
    clients = []
    for number in range(CLIENTS):
        client = create_client(story.owner, ClientValues(f"Client {number}", email="a@b.example"), now=NOW).id
        items = (ItemValues("Thing", price=Decimal(1_000)),)
        service.subscribe(story.owner, SubscriptionValues(client, "Home", "NGN", AS_OF, items), now=NOW)
        clients.append(client)
    run_id = service.start_run(story.owner, AS_OF, now=NOW, by_job=False).id
    while running.plan_next(story.business_id, run_id, now=NOW, by_job=False):
        pass
    service.approve(story.owner, run_id, version=None, looked=True, now=NOW)
    db.session.remove()
    return story, run_id, clients


def post(actor: Actor, run_id: uuid.UUID) -> None:
    """Post a run to its end, a few clients at a time."""
    run_posting.CLIENTS = AT_ONCE
    while run_posting.post_next(actor.business_id, run_id, now=NOW, by_job=False):
        pass


def work(actor: Actor, run_id: uuid.UUID, client_id: uuid.UUID | None) -> None:
    """Post the run, or bill a client of it by hand."""
    if client_id is None:
        post(actor, run_id)
    else:
        bill_client(actor, client_id, AS_OF, send=False, now=NOW)


def posted_at_once(
    app: Flask, config: Config, disarm: Callable[[], None] | None = None
) -> tuple[Story, uuid.UUID, list[Outcome]]:
    """Four runners on one run, and people who bill clients of it by hand meanwhile."""
    story, run_id, clients = a_run(app)
    pieces = [(story.owner, run_id, None)] * 4 + [(story.owner, run_id, client) for client in clients[::3]]
    return story, run_id, all_at_once(config, work, pieces, processes=4, disarm=disarm)


def check(story: Story, run_id: uuid.UUID, outcomes: list[Outcome]) -> None:
    """Each client has one invoice, each period one claim, and the audit has nothing to say."""
    db.session.remove()
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    mine = select(func.count()).where(Invoice.business_id == story.business_id, Invoice.number.is_not(None))
    claims = select(func.count()).where(BilledPeriod.business_id == story.business_id)
    assert (db.session.scalar(mine), db.session.scalar(claims)) == (CLIENTS, CLIENTS)
    states = set(db.session.scalars(select(RunEntry.state).where(RunEntry.run_id == run_id)))
    assert states <= {"posted", "left_out"}
    assert db.session.get_one(BillingRun, (story.business_id, run_id)).state == "posted"
    assert [str(found.sentence) for found in violations([story.business_id], NOW)] == []


def test_four_runners_and_people_bill_every_period_once(app: Flask, config: Config) -> None:
    check(*posted_at_once(app, config))


def test_without_the_locks_somebody_gets_in_the_way(app: Flask, config: Config) -> None:
    assert race_until_lost(lambda: check(*posted_at_once(app, config, disarm=no_locks)))


# --- dying under way --------------------------------------------------------------------------------------------------


def _after(module: object, name: str, times: int) -> None:
    """Kill this process after the function was called so often."""
    call, count = getattr(module, name), iter(range(times))

    def doomed(*args: object, **kwargs: object) -> object:
        found = call(*args, **kwargs)
        if next(count, None) in (None, times - 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(module, name, doomed)


POINTS: dict[str, tuple[object, str, int]] = {
    "periods are claimed": (run_posting, "claim", 1),
    "invoices are issued": (run_posting, "post_invoices", 2),
    "entries are noted": (run_posting, "note_entries", 2),
    "a piece is done": (run_posting, "post_next", 2),
    "an invoice is credited": (run_reversing, "credit_invoice", 4),
    "periods are free": (run_reversing, "_free", 1),
    "a piece is taken back": (run_reversing, "reverse_next", 1),
}


def _die(config: Config, point: str, actor: Actor, run_id: uuid.UUID) -> None:
    """A worker that dies at a point."""
    with create_app(config).app_context():
        _after(*POINTS[point])
        (post if POINTS[point][0] is run_posting else take_back)(actor, run_id)


def take_back(actor: Actor, run_id: uuid.UUID) -> None:
    """Take a run back, a few clients at a time."""
    run_reversing.CLIENTS = AT_ONCE
    while run_reversing.reverse_next(actor.business_id, run_id, now=NOW, by_job=False):
        pass


@pytest.mark.parametrize("point", POINTS)
def test_who_takes_over_from_the_dead_bills_each_once_and_all_of_them(app: Flask, config: Config, point: str) -> None:
    story, run_id, _ = a_run(app)
    reverses = POINTS[point][0] is run_reversing
    if reverses:
        post(story.owner, run_id)
        service.reverse(story.owner, run_id, "Wrong", now=NOW)
    db.session.remove()
    db.engine.dispose()
    process = multiprocessing.get_context("forkserver").Process(target=_die, args=(config, point, story.owner, run_id))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    (take_back if reverses else post)(story.owner, run_id)
    if not reverses:
        check(story, run_id, [])
        return
    db.session.remove()
    assert db.session.get_one(BillingRun, (story.business_id, run_id)).state == "reversed"
    mine = (Invoice.business_id == story.business_id, Invoice.number.is_not(None))
    credited = db.session.execute(select(Invoice.credited_minor, Invoice.total_minor).where(*mine)).all()
    assert len(credited) == CLIENTS
    assert all(back == total for back, total in credited)
    assert [str(found.sentence) for found in violations([story.business_id], NOW)] == []
