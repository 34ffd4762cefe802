"""Noting that invoices became overdue: once for each due date, however often it is looked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select, update

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clock import day_in
from app.database import transactional
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money

INVOICE = Invoice.__table__.c
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Overdue:
    """An invoice that is overdue and was not noted so yet."""

    id: uuid.UUID
    number: str
    client_id: uuid.UUID
    client_name: str
    due: date
    balance: Money


def newly_overdue(business_id: uuid.UUID, now: datetime, limit: int = CHUNK) -> list[Overdue]:
    """Invoices that are owed on, due before today at the business, and not noted for that date; the oldest first."""
    today = day_in(now, get_business(business_id).timezone)
    query = (
        select(Invoice)
        .where(Invoice.business_id == business_id, *_late(today))
        .order_by(Invoice.due_date, Invoice.id)
        .limit(limit)
    )
    return [_shown(row) for row in db.session.scalars(query)]


@transactional
def note_overdue(business_id: uuid.UUID, now: datetime) -> list[Overdue]:
    """Note the next of them on their timelines; an empty list says that none is left."""
    today, noted = day_in(now, get_business(business_id).timezone), []
    for one in newly_overdue(business_id, now):
        mine = (INVOICE.business_id == business_id, INVOICE.id == one.id)
        # Not through the model: a note of ours must not make what somebody is editing stale.
        once = update(Invoice.__table__).where(*mine, *_late(today)).values(overdue_noted_for=one.due)  # type: ignore[arg-type]
        if not db.session.execute(once).rowcount:  # type: ignore[attr-defined]
            continue
        facts = {"due": one.due.isoformat(), "amount_minor": one.balance.minor, "currency": one.balance.currency}
        actor = Actor.system(business_id)
        audit.record(actor, "became_overdue", "invoice", one.id, now, client_id=one.client_id, facts=facts)
        noted.append(one)
    return noted


def _late(today: date) -> tuple[ColumnElement[bool], ...]:
    fresh = or_(INVOICE.overdue_noted_for.is_(None), INVOICE.overdue_noted_for != INVOICE.due_date)
    return INVOICE.status == "open", INVOICE.balance_minor > 0, INVOICE.due_date < today, fresh


def _shown(row: Invoice) -> Overdue:
    money = Money(row.balance_minor, row.currency)
    return Overdue(row.id, row.number or "", row.client_id, row.buyer_name, row.due_date, money)  # type: ignore[arg-type]
