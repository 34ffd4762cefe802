"""What a customer may be told, and given a receipt for, of the money that settled one invoice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select

from app.clock import day_in
from app.extensions import db
from app.invoices.models import CreditNote
from app.payments.models import Allocation, Payment
from app.statements import built


@dataclass(frozen=True, slots=True)
class Received:
    """A payment behind the link of one invoice: `at` when it came, if that is known to the minute; `how` in the
    payment company's words ("Card ending 4081"); `whole` when all that was settled with it is this invoice."""

    at: datetime | None
    how: str
    whole: bool


_PART = func.sum(Allocation.amount_minor)
_RECEIVED = built(
    select(
        Payment.id,
        Payment.gateway,
        Payment.note,
        Payment.created_at,
        Payment.received_on,
        (Payment.amount_minor - Payment.unallocated_minor - Payment.refunded_minor == _PART).label("whole"),
    )
    .join(Allocation, and_(Allocation.business_id == Payment.business_id, Allocation.payment_id == Payment.id))
    .where(Allocation.business_id == bindparam("business_id"), Allocation.invoice_id == bindparam("invoice_id"))
    .where(Payment.reversed_at.is_(None))
    .group_by(
        Payment.id,
        Payment.gateway,
        Payment.note,
        Payment.created_at,
        Payment.received_on,
        Payment.amount_minor,
        Payment.unallocated_minor,
        Payment.refunded_minor,
    )
    .having(_PART > 0)
)


def received_on(business_id: uuid.UUID, invoice_id: uuid.UUID, timezone: str) -> dict[uuid.UUID, Received]:
    """{payment: what its customer may read of it}; what staff wrote down for themselves is not part of it."""
    found = db.session.execute(_RECEIVED, {"business_id": business_id, "invoice_id": invoice_id})
    return {
        row.id: Received(
            at=row.created_at if row.gateway and day_in(row.created_at, timezone) == row.received_on else None,
            how=row.note if row.gateway else "",
            whole=bool(row.whole),
        )
        for row in found
    }


def note_on(business_id: uuid.UUID, invoice_id: uuid.UUID, note_id: uuid.UUID) -> CreditNote | None:
    """A credit note of this very invoice, or None."""
    note = db.session.get(CreditNote, (business_id, note_id))
    return note if note is not None and note.invoice_id == invoice_id else None
