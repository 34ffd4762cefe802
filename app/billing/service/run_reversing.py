"""Taking a posted run back as a whole, before its messages leave: credit notes over its invoices, its periods free."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update

from app.auth import audit
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import BilledApart, Replaced, StaleRun
from app.billing.models import BilledDays, BilledPeriod, BillingRun, RunEntry, Subscription, SubscriptionItem
from app.billing.queries.fees import fees_on
from app.billing.rules import Period
from app.billing.rules.runs import move
from app.billing.service.run_claiming import change
from app.billing.service.run_steps import ask, begin, count, held, moved, tell
from app.billing.service.unserved import leave_out
from app.database import among, locked, transactional
from app.errors import DuelyError, Invalid
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries.creditable import creditable_lines
from app.invoices.queries.replacing import replaced_by
from app.payments.service import credit_invoice

CLIENTS = 50
"""Clients whose invoices are taken back in one transaction."""
BACK = ("posted", "skipped")
"""States of entries that are still to be taken back."""


@transactional
def reverse(actor: Actor, run_id: uuid.UUID, reason: str, *, now: datetime, version: int | None = None) -> BillingRun:
    """Take a posted run back whose messages have not begun to leave, by a job. Needs staff.

    Every invoice of it is credited in full, and what was paid on one is the client's credit; its periods are free
    again. Raises NotFound, WrongRun, StaleRun, and Invalid without a reason.
    """
    actor.require("staff")
    run = held(actor.business_id, run_id)
    move(run.state, "reverse")
    if version is not None and run.version != version:
        raise StaleRun(current=run)
    if not reason.strip():
        raise Invalid("reason", "Say why, for whoever asks later.")
    moved(run, "reverse")
    run.reason, run.reversed_by = reason.strip()[:300], actor.person_id
    begin(run, BACK)
    run.send_at = None
    tell(actor, run, "reverse_asked", now, {"reason": run.reason})
    ask(run, "reverse", total=run.entries)
    return run


@transactional
def reverse_next(business_id: uuid.UUID, run_id: uuid.UUID, *, now: datetime, by_job: bool = True) -> bool:
    """Take the next clients of a run back. Returns whether there are more; other runs are left alone."""
    run = held(business_id, run_id)
    if run.state != "reversing":
        return False
    moved(run, "undo")
    clients = _next_clients(run)
    if not clients:
        _finish(run, now)
        return False
    entries = _entries(run, clients)
    subscriptions = _hold(run, entries)
    for invoice_id in sorted({entry.invoice_id for entry in entries if entry.invoice_id}):
        _take_back(run, invoice_id, [entry for entry in entries if entry.invoice_id == invoice_id], now)
    for entry in entries:
        if entry.state == "skipped":
            entry.state = "reversed"
    _free(run, [entry for entry in entries if entry.state == "reversed"], subscriptions, now)
    run.done += len(entries)
    db.session.flush()
    if by_job:
        ask(run, "reverse", total=run.entries)
    return True


def _next_clients(run: BillingRun) -> list[uuid.UUID]:
    query = (
        select(RunEntry.client_id)
        .where(RunEntry.business_id == run.business_id, RunEntry.run_id == run.id, RunEntry.state.in_(BACK))
        .distinct()
        .order_by(RunEntry.client_id)
    )
    return list(db.session.scalars(query.limit(CLIENTS)))


def _entries(run: BillingRun, clients: Sequence[uuid.UUID]) -> list[RunEntry]:
    query = select(RunEntry).where(
        RunEntry.business_id == run.business_id,
        RunEntry.run_id == run.id,
        RunEntry.state.in_(BACK),
        among(RunEntry.client_id, clients),
    )
    return list(db.session.scalars(query.order_by(RunEntry.id)))


def _hold(run: BillingRun, entries: Sequence[RunEntry]) -> list[Subscription]:
    """The subscriptions of some entries, held in the order of their ids."""
    ids = sorted({entry.subscription_id for entry in entries})
    return [row for id in ids if (row := locked(Subscription, run.business_id, id)) is not None]


def _take_back(run: BillingRun, invoice_id: uuid.UUID, entries: Sequence[RunEntry], now: datetime) -> None:
    """Credit what is left of an invoice; one that cannot be credited keeps its periods, and its entries say why."""
    problem = ""
    try:
        with db.session.begin_nested():
            _credit(run, invoice_id, entries, now)
    except DuelyError as error:
        problem = str(error)[:300]
    for entry in entries:
        db.session.refresh(entry)
        entry.state, entry.problem = ("stays", problem) if problem else ("reversed", "")


def _credit(run: BillingRun, invoice_id: uuid.UUID, entries: Sequence[RunEntry], now: datetime) -> None:
    invoice = locked(Invoice, run.business_id, invoice_id)
    if replaced_by(run.business_id, [invoice_id]):
        raise Replaced
    if any(_billed_apart(run, invoice_id, entry) for entry in entries):
        raise BilledApart
    if invoice is None or invoice.status == "void":
        return
    left = {line.id: line.left_minor for line in creditable_lines(run.business_id, invoice_id) if line.left_minor}
    if left:
        credit_invoice(Actor.system(run.business_id), invoice_id, left, f"Billing run reversed: {run.reason}", now=now)
    # Nobody owes a fee for being late with what is not owed.
    for fee_id in fees_on(run.business_id, invoice_id):
        _credit(run, fee_id, (), now)


def _billed_apart(run: BillingRun, invoice_id: uuid.UUID, entry: RunEntry) -> bool:
    """Whether days of a period stand on another invoice too, or wait for one: they would be billed twice."""
    elsewhere = or_(BilledDays.invoice_id != invoice_id, BilledDays.by_item_id.is_not(None))
    query = select(BilledDays.id).where(
        BilledDays.business_id == run.business_id,
        BilledDays.subscription_id == entry.subscription_id,
        BilledDays.since < entry.period_end,
        func.coalesce(BilledDays.credited_from, BilledDays.until) > entry.period_start,
        func.coalesce(BilledDays.credited_from, BilledDays.until) > BilledDays.since,
        elsewhere,
    )
    return db.session.scalar(query.limit(1)) is not None


def _free(run: BillingRun, entries: Sequence[RunEntry], subscriptions: Sequence[Subscription], now: datetime) -> None:
    """Give the periods of some entries free, with what was paid once in them."""
    if not entries:
        return
    wanted = {(entry.subscription_id, entry.period_start) for entry in entries}
    query = select(BilledPeriod).where(
        BilledPeriod.business_id == run.business_id,
        BilledPeriod.run_id == run.id,
        BilledPeriod.subscription_id.in_([row.id for row in subscriptions]),
        BilledPeriod.reversed_at.is_(None),
    )
    claims = [one for one in db.session.scalars(query) if (one.subscription_id, one.period_start) in wanted]
    for claim in claims:
        claim.reversed_at = now
    mine = (SubscriptionItem.business_id == run.business_id, SubscriptionItem.billed_in.in_([one.id for one in claims]))
    db.session.execute(update(SubscriptionItem).where(*mine).values(billed_in=None))
    db.session.flush()
    _leave_out_unserved(run, claims, subscriptions, now)
    _count_anew(run, subscriptions)
    system = Actor.system(run.business_id)
    for claim in claims:
        facts = {"period_start": str(claim.period_start), "run_id": str(run.id), "reason": run.reason}
        audit.record(system, "reversed", "subscription", claim.subscription_id, now, facts=facts)


def _leave_out_unserved(
    run: BillingRun, claims: Sequence[BilledPeriod], subscriptions: Sequence[Subscription], now: datetime
) -> None:
    """Days without service are not billed anew: they were credited when the service came back, or ended."""
    if queries.policy_of(run.business_id).bill_suspended:
        return
    spans = queries.suspended_spans(run.business_id, [row.id for row in subscriptions])
    for row in subscriptions:
        freed = [claim for claim in claims if claim.subscription_id == row.id]
        for span in spans.get(row.id, ()) if freed else ():
            start = max(span.start, min(claim.period_start for claim in freed))
            end = min(span.end or start, max(claim.period_end for claim in freed))
            if start < end:
                leave_out(row, Period(start, end), now)


def _count_anew(run: BillingRun, subscriptions: Sequence[Subscription]) -> None:
    """Store on which day the next period of each is billed."""
    found = queries.agreements(run.business_id, subscriptions)
    days = {one.row.id: {"next_bill_on": one.next_bill_on()} for one in found}
    change(Subscription, run.business_id, days)


def _finish(run: BillingRun, now: datetime) -> None:
    moved(run, "undone")
    run.reversed_at = now
    count(run)
    tell(Actor.system(run.business_id), run, "reversed", now, {"reason": run.reason})
