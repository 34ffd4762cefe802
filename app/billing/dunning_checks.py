"""What must hold of dunning, as `flask audit` asks: what was cut was warned of, done once, and fees bear no fees."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, exists, select

from app.auth.models import Business
from app.billing.models import DunningBatch, DunningCut, DunningPolicy, LateFee
from app.extensions import db
from app.reminders.models import Hold, Reminder
from app.statements import BUSINESS, built

_CUT, _FEE, _OTHER = DunningCut.__table__.c, LateFee.__table__.c, LateFee.__table__.alias("other").c
_DONE = exists().where(
    Reminder.business_id == _CUT.business_id,
    Reminder.invoice_id == _CUT.invoice_id,
    Reminder.step_id == _CUT.step_id,
    Reminder.outcome == "done",
)
_UNCLAIMED = built(
    select(DunningCut.id).where(DunningCut.business_id == BUSINESS, DunningCut.state.in_(("done", "restored")), ~_DONE)
)
_OF_BATCH = and_(DunningBatch.business_id == DunningCut.business_id, DunningBatch.id == DunningCut.batch_id)
_FORGOTTEN = built(
    select(DunningCut.id)
    .join(DunningBatch, _OF_BATCH)
    .where(DunningCut.business_id == BUSINESS, DunningCut.state == "planned")
    .where(DunningBatch.state.in_(("done", "restored", "lapsed")))
)
_FEE_ON_FEE = built(
    select(LateFee.fee_invoice_id)
    .where(LateFee.business_id == BUSINESS)
    .where(exists().where(_OTHER.business_id == _FEE.business_id, _OTHER.fee_invoice_id == _FEE.invoice_id))
)
_ENFORCES = built(
    select(
        exists().where(DunningPolicy.business_id == BUSINESS, DunningPolicy.enabled.is_(True)).label("meant"),
        Business.enforces,
    ).where(Business.id == BUSINESS)
)
_PROMISES = built(
    select(Hold.id).where(Hold.business_id == BUSINESS, Hold.kind == "promise", Hold.amount_minor.is_(None))
)


def cuts_are_claimed(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What was cut is said of its step and invoice, so that it is never done twice; no batch ends with work left."""
    for cut_id in db.session.scalars(_UNCLAIMED, {"business_id": business_id}):
        yield f"The cut {cut_id} was done, but its step does not say so."
    for cut_id in db.session.scalars(_FORGOTTEN, {"business_id": business_id}):
        yield f"The cut {cut_id} is still to come in a batch that is over."


def fees_and_promises_are_whole(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No late fee is charged on a late fee, and every promise names an amount."""
    for invoice_id in db.session.scalars(_FEE_ON_FEE, {"business_id": business_id}):
        yield f"The late fee {invoice_id} was charged on another late fee."
    for hold_id in db.session.scalars(_PROMISES, {"business_id": business_id}):
        yield f"The promise {hold_id} names no amount."


def what_is_enforced_is_known(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A business says that it enforces something exactly when one of its policies is in force."""
    meant, said = db.session.execute(_ENFORCES, {"business_id": business_id}).one()
    if bool(meant) != bool(said):
        yield f"The business says that it enforces {'something' if said else 'nothing'}, and its policies do not."


CHECKS = (what_is_enforced_is_known, cuts_are_claimed, fees_and_promises_are_whole)
