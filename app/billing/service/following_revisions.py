"""What billing knows of an invoice goes over to the one that takes its place; and which corrections it refuses."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import exists, or_, select, update

from app.billing.errors import DaysFreed, DaysGivenBack
from app.billing.models import BilledDays, BilledPeriod, LateFee, RunEntry, SubscriptionChange
from app.extensions import db
from app.invoices.queries import contents


def may_be_revised(business_id: uuid.UUID, invoice_id: uuid.UUID) -> None:
    """Refuse to revise an invoice of which days were given back: a revision has its lines whole, and those days are
    billed anew. Raises DaysGivenBack."""
    if _given_back(business_id, invoice_id):
        raise DaysGivenBack


def may_be_voided(business_id: uuid.UUID, invoice_id: uuid.UUID) -> None:
    """Refuse to void a credit note over an invoice of which days were given back: they are billed anew, and would be
    owed twice. Raises DaysFreed."""
    if _given_back(business_id, invoice_id):
        raise DaysFreed


def _given_back(business_id: uuid.UUID, invoice_id: uuid.UUID) -> bool:
    """Whether days that stand on an invoice are free to be billed anew."""
    claim, days = BilledPeriod, BilledDays
    freed = exists().where(
        claim.business_id == business_id,
        claim.invoice_id == invoice_id,
        or_(claim.reversed_at.is_not(None), claim.credited_from.is_not(None)),
    )
    returned = exists().where(
        days.business_id == business_id, days.invoice_id == invoice_id, days.credited_from.is_not(None)
    )
    return bool(db.session.scalar(select(or_(freed, returned))))


def follow_revision(business_id: uuid.UUID, revised_id: uuid.UUID, revision_id: uuid.UUID) -> None:
    """The periods, days and late fees of a replaced invoice, which is held, stand on the one in its place from now on.

    Days that were noted on its lines go over where the new one has the same lines; else they stay, and nobody can tell
    what they are worth (`queries.billed`). Raises DaysGivenBack.
    """
    may_be_revised(business_id, revised_id)
    of: Any
    for model, of in (
        (BilledPeriod, BilledPeriod.invoice_id),
        (RunEntry, RunEntry.invoice_id),
        (SubscriptionChange, SubscriptionChange.invoice_id),
        (LateFee, LateFee.fee_invoice_id),
    ):
        db.session.execute(
            update(model).where(model.business_id == business_id, of == revised_id).values({of: revision_id})
        )
    old, new = contents(business_id, revised_id).lines, contents(business_id, revision_id).lines
    if [line.title for line in old] != [line.title for line in new]:
        return
    for before, after in zip(old, new, strict=True):
        db.session.execute(
            update(BilledDays)
            .where(BilledDays.business_id == business_id, BilledDays.line_id == before.id)
            .values(invoice_id=revision_id, line_id=after.id)
        )
