"""What credit notes settled of the invoice that they correct."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, select

from app.invoices.models import CreditNote, Invoice
from app.payments.models import Allocation

INVOICE, NOTE, PART = Invoice.__table__.c, CreditNote.__table__.c, Allocation.__table__.c


def credited_on() -> ColumnElement[int]:
    """In minor units, for a query around it over the table of invoices; it is looked for only where there are notes."""
    same = and_(
        NOTE.business_id == PART.business_id, NOTE.id == PART.credit_note_id, NOTE.invoice_id == PART.invoice_id
    )
    found = (
        select(func.coalesce(func.sum(PART.amount_minor), 0))
        .select_from(Allocation.__table__.join(CreditNote.__table__, same))
        .where(PART.business_id == INVOICE.business_id, PART.invoice_id == INVOICE.id)
        .correlate(Invoice.__table__)
        .scalar_subquery()
    )
    return case((INVOICE.credited_minor > 0, found), else_=0)
