"""What must hold of billing runs, as `flask audit` asks: they and their entries say what was done."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.billing import queries
from app.billing.models import BilledPeriod, BillingRun, RunEntry
from app.extensions import db
from app.invoices.models import Invoice
from app.statements import BUSINESS, built

ENTRY, CLAIM, RUN = RunEntry.__table__.c, BilledPeriod.__table__.c, BillingRun.__table__.c
BILLED = ("posted", "sent")


_RUNS = built(
    select(BillingRun)
    .where(BillingRun.business_id == BUSINESS, BillingRun.state.in_(("review", "posted", "sent", "reversed")))
    .order_by(BillingRun.id)
)
_OF_ENTRY = and_(
    CLAIM.business_id == ENTRY.business_id,
    CLAIM.run_id == ENTRY.run_id,
    CLAIM.subscription_id == ENTRY.subscription_id,
    CLAIM.period_start == ENTRY.period_start,
)
_STANDS = and_(CLAIM.id.is_not(None), CLAIM.reversed_at.is_(None))
# What was given back from its first day on is free as well, but was billed.
_BILLED = and_(CLAIM.id.is_not(None), or_(CLAIM.reversed_at.is_(None), CLAIM.credited_from.is_not(None)))
_DONE = built(
    select(ENTRY.id, ENTRY.run_id, ENTRY.state, ENTRY.invoice_id, _STANDS, _BILLED, CLAIM.invoice_id, Invoice.number)
    .select_from(RunEntry)
    .outerjoin(BilledPeriod, _OF_ENTRY)
    .outerjoin(Invoice, and_(Invoice.business_id == RunEntry.business_id, Invoice.id == RunEntry.invoice_id))
    .where(ENTRY.business_id == BUSINESS, ENTRY.state.in_((*BILLED, "reversed", "stays")))
)
_KNOWN = select(RUN.id).where(RUN.business_id == CLAIM.business_id, RUN.id == CLAIM.run_id).exists()
_ASTRAY = built(select(CLAIM.id, CLAIM.run_id).where(CLAIM.business_id == BUSINESS, CLAIM.run_id.is_not(None), ~_KNOWN))


def runs_say_what_their_entries_say(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The totals and counts of a run are those of its entries, once it was planned."""
    for run in db.session.scalars(_RUNS, {"business_id": business_id}):
        meant = queries.run_sums.totals_of(business_id, run.id)
        if meant != run.totals:
            yield f"The billing run {run.id} says it comes to {run.totals}, but its entries to {meant}."
        counted = queries.run_sums.counts_of(business_id, run.id)
        if counted != (run.entries, run.odd, run.failed):
            said = (run.entries, run.odd, run.failed)
            yield f"The billing run {run.id} counts {said} entries, odd and failed ones, but has {counted}."


def entries_are_what_was_done(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What was posted has a claim in its run and stands on the same invoice; what was reversed has none that stands."""
    for id, run_id, state, invoice_id, stands, billed, claimed, number in db.session.execute(
        _DONE, {"business_id": business_id}
    ):
        if state == "reversed" and stands:
            yield f"The entry {id} of billing run {run_id} was reversed, but its period is claimed."
        elif state != "reversed" and (not billed or claimed != invoice_id or number is None):
            yield f"The entry {id} of billing run {run_id} was billed, but its claim or its invoice is missing."


def claims_are_of_runs_of_their_own(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A claim that names a run names one of its own business."""
    for id, run_id in db.session.execute(_ASTRAY, {"business_id": business_id}):
        yield f"The billed period {id} names a billing run that there is not: {run_id}."


CHECKS = (runs_say_what_their_entries_say, entries_are_what_was_done, claims_are_of_runs_of_their_own)
