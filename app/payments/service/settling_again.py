"""What a refund had taken off invoices settles them again when the refund failed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.auth import audit
from app.auth.models import AuditEvent
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import locked
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import business_today
from app.payments.models import Allocation, Refund
from app.payments.service import books
from app.payments.service.books import Source


def hold_invoices(*rows: Refund) -> dict[uuid.UUID, int]:
    """{invoice: minor units that these refunds had taken off it}, the invoices held in the order of the house.

    To be called before a payment is held.
    """
    found: dict[uuid.UUID, int] = {}
    for row in rows:
        for invoice_id, minor in _taken_off(row):
            found[invoice_id] = found.get(invoice_id, 0) + minor
    for invoice_id in sorted(found):
        locked(Invoice, rows[0].business_id, invoice_id)
    return found


def settle_again(row: Refund, source: Source, taken_off: Mapping[uuid.UUID, int], now: datetime) -> None:
    """Let what is credit again settle the invoices it was taken off, all held; no more than they owe by now."""
    today = business_today(get_business(row.business_id), now)
    for invoice_id, minor in sorted(taken_off.items()):
        taken, now_paid = books.allocate(source, invoice_id, minor, today, now)
        if taken:
            facts = {"amount_minor": taken, "currency": row.currency, "paid": now_paid, "refund_id": str(row.id)}
            facts["reason"] = f"the refund failed: {row.state_reason}"
            actor = Actor.system(row.business_id)
            audit.record(actor, "settled_again", "invoice", invoice_id, now, client_id=row.client_id, facts=facts)


def _taken_off(row: Refund) -> list[tuple[uuid.UUID, int]]:
    """What the trail of the invoices says that a refund took off them: it never changes once the refund is there."""
    if row.payment_id is None:
        return []
    mine = (Allocation.business_id == row.business_id, Allocation.payment_id == row.payment_id)
    left = select(Allocation.invoice_id).where(*mine, Allocation.amount_minor < 0)
    about = (AuditEvent.business_id == row.business_id, AuditEvent.object_kind == "invoice")
    query = select(AuditEvent.object_id, AuditEvent.facts).where(*about, AuditEvent.object_id.in_(left))
    told = db.session.execute(query.where(AuditEvent.verb == "refunded"))
    return [(id, int(facts["amount_minor"])) for id, facts in told if id and facts.get("refund_id") == str(row.id)]
