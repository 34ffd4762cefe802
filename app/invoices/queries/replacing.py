"""Which invoices were replaced, and by which: a revision was issued in their place, and all of them taken back."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import and_, select

from app.extensions import db
from app.invoices.models import Invoice, Revision


def replaced_by(business_id: uuid.UUID, invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """{invoice: the number of the issued one in its place} of those that have one; without ids nothing is asked."""
    if not invoice_ids:
        return {}
    new = and_(Invoice.business_id == Revision.business_id, Invoice.id == Revision.id, Invoice.number.is_not(None))
    query = select(Revision.revised_id, Invoice.number).join(Invoice, new).where(Revision.business_id == business_id)
    rows = db.session.execute(query.where(Revision.revised_id.in_(invoice_ids)))
    return {revised_id: number or "" for revised_id, number in rows}


def taken_back_whole(status: str, total_minor: int, balance_minor: int, credited_minor: int) -> bool:
    """Whether credit notes took all of an open invoice back and nothing is owed on it, so that it may be replaced."""
    return status == "open" and 0 < total_minor == credited_minor and not balance_minor
