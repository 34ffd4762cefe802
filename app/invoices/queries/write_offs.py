"""What was written off on an invoice, when, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.auth.models import Person
from app.extensions import db
from app.invoices.models import Invoice, WriteOff
from app.money import Money


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What is written off now. `by` is empty when nobody in particular did it; the reason is not for the client."""

    amount: Money
    on: date
    at: datetime
    by: str
    reason: str


def find_written_off(invoice: Invoice) -> WrittenOff | None:
    """What is written off on an invoice now, or None. Only a written off one asks the database."""
    if invoice.status != "written_off":
        return None
    query = (
        select(WriteOff, Person.name)
        .outerjoin(Person, Person.id == WriteOff.created_by)
        .where(WriteOff.business_id == invoice.business_id, WriteOff.invoice_id == invoice.id)
        .order_by(WriteOff.id.desc())
        .limit(1)
    )
    row, name = db.session.execute(query).one()
    return WrittenOff(Money(row.amount_minor, invoice.currency), row.on_date, row.at, name or "", row.reason)
