"""The messages of a billing run: they wait for their time, and until the first has left the run can be reversed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from app import clock
from app.auth.models import Business
from app.auth.queries import get_business, somebody_is_verified
from app.auth.rules import Actor
from app.billing.models import BillingRun, RunEntry
from app.billing.rules.runs import PolicyValues
from app.billing.service.run_steps import ask, held, moved, tell
from app.database import among, transactional
from app.extensions import db
from app.invoices.service import send_many
from app.messages.models import Message
from app.messages.rules import after_quiet

INVOICES = 500
"""Invoices whose messages are written in one transaction."""


def first_sending(run: BillingRun, now: datetime) -> datetime | None:
    """When the first message of a posted run may leave: after the hold, and never before the day of its invoice at the
    hour at which the business sends, nor in its quiet hours. None when nothing was posted."""
    first = _first_day(run, None)
    if first is None:
        return None
    held_until = now + timedelta(hours=PolicyValues(**run.policy).hold_hours)
    business = get_business(run.business_id)
    begins = max(held_until, _hour_of(business, first))
    return after_quiet(begins, business.timezone, business.quiet_from, business.quiet_until)


@transactional
def send_next(business_id: uuid.UUID, run_id: uuid.UUID, *, now: datetime, by_job: bool = True) -> bool:
    """Send the next invoices of a posted run whose day has come. Returns whether more can be sent now.

    From the first one on the run cannot be reversed as a whole. Those of later days are asked for on their day.
    """
    run = held(business_id, run_id)
    if run.state not in ("posted", "sent") or not run.sends or run.sent_at is not None:
        return False
    if run.state == "posted" and run.send_at is not None and now < run.send_at:
        if by_job:
            # Whoever rang had another clock. Nobody else would ask again.
            ask(run, "send", due_at=run.send_at)
        return False
    if not somebody_is_verified(business_id):
        if by_job:
            ask(run, "send", due_at=now + timedelta(days=1))
        return False
    business = get_business(business_id)
    today = clock.day_in(now, business.timezone)
    invoice_ids = _unsent(run, today)
    if not invoice_ids:
        _wait_or_finish(run, business, today, now)
        return False
    moved(run, "send")
    send_many(Actor.system(business_id), _untold(business_id, invoice_ids), now=now)
    mine = (RunEntry.business_id == business_id, RunEntry.run_id == run_id, RunEntry.invoice_id.in_(invoice_ids))
    db.session.execute(update(RunEntry).where(*mine).values(state="sent"))
    if by_job:
        ask(run, "send")
    return True


def _unsent(run: BillingRun, today: date) -> list[uuid.UUID]:
    """The next invoices of these days that nobody was told of."""
    query = (
        select(RunEntry.invoice_id)
        .where(RunEntry.business_id == run.business_id, RunEntry.run_id == run.id, RunEntry.state == "posted")
        .where(RunEntry.bill_on <= today, RunEntry.invoice_id.is_not(None))
        .order_by(RunEntry.client_id)
        .limit(INVOICES)
    )
    return list(dict.fromkeys(one for one in db.session.scalars(query) if one))


def _first_day(run: BillingRun, after: date | None) -> date | None:
    query = select(func.min(RunEntry.bill_on)).where(
        RunEntry.business_id == run.business_id, RunEntry.run_id == run.id, RunEntry.state == "posted"
    )
    return db.session.scalar(query.where(RunEntry.bill_on > after) if after else query)


def _wait_or_finish(run: BillingRun, business: Business, today: date, now: datetime) -> None:
    later = _first_day(run, today)
    if later is not None:
        ask(run, "send", due_at=_hour_of(business, later))
        return
    run.sent_at = now
    tell(Actor.system(run.business_id), run, "sent", now)


def _untold(business_id: uuid.UUID, invoice_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those of some invoices that nobody sent by hand before."""
    query = select(Message.object_id).where(
        Message.business_id == business_id,
        Message.object_kind == "invoice",
        among(Message.object_id, invoice_ids),
        Message.kind == "invoice",
        Message.state.not_in(("failed", "cancelled")),
    )
    told = set(db.session.scalars(query))
    return [one for one in invoice_ids if one not in told]


def _hour_of(business: Business, day: date) -> datetime:
    zone = ZoneInfo(business.timezone)
    return datetime.combine(day, time(business.send_hour), zone).astimezone(UTC)
