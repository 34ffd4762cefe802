"""Invoices that want attention: overdue ones, and drafts that were forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, literal_column, or_, select

from app.attention import Attention
from app.extensions import db
from app.invoices.models import Invoice

FORGOTTEN_AFTER = timedelta(days=7)


def overdue_and_forgotten(business_id: uuid.UUID, today: date, now: datetime) -> Iterator[Attention]:
    """How many invoices are overdue, and how many drafts nobody touched for a week."""
    late = and_(Invoice.status == "open", Invoice.balance_minor > literal_column("0"), Invoice.due_date < today)
    idle = and_(Invoice.status == "draft", Invoice.updated_at < now - FORGOTTEN_AFTER)
    tallies = (func.count().filter(late), func.min(Invoice.due_date).filter(late), func.count().filter(idle))
    query = select(*tallies).where(Invoice.business_id == business_id, or_(late, idle))
    overdue, first_due, drafts = db.session.execute(query).one()
    if overdue:
        days = (today - first_due).days
        title = "1 invoice is overdue" if overdue == 1 else f"{overdue} invoices are overdue"
        since = "since yesterday" if days == 1 else f"for {days} days"
        text = f"Due {since}" if overdue == 1 else f"The oldest {since}"
        yield Attention(title, text, "/invoices/?view=overdue", "over", "alert-circle")
    if drafts:
        title = "1 draft was forgotten" if drafts == 1 else f"{drafts} drafts were forgotten"
        yield Attention(title, "Nobody touched them for a week", "/invoices/?view=drafts", "", "pencil")


PROVIDERS = (overdue_and_forgotten,)
