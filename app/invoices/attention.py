"""Invoices that want attention: overdue ones, and drafts that were forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, distinct, func, literal, or_, select

from app.attention import BUSINESS, MONTH, TODAY, WEEK_AGO, Attention, Watch, columns
from app.invoices.models import Invoice
from app.ledger.models import PeriodTotal

MOST_COUNTED = 100
TOTAL, INVOICE = PeriodTotal.__table__.c, Invoice.__table__.c


def _overdue() -> Select[Any]:
    """How many invoices are overdue, and since when the oldest is."""
    owed = (TOTAL.business_id == BUSINESS, TOTAL.kind == "owed", TOTAL.documents > 0)
    months = and_(TOTAL.span == "month", TOTAL.day < MONTH)
    days = and_(TOTAL.span == "day", TOTAL.day >= MONTH, TOTAL.day < TODAY)
    oldest = select(func.min(TOTAL.day)).where(*owed, TOTAL.span == "day").scalar_subquery()
    currencies = func.count(distinct(TOTAL.currency))
    return select(*columns(func.sum(TOTAL.documents), currencies, since=oldest)).where(*owed, or_(months, days))


def tell_overdue(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The overdue ones, if there are any."""
    for row in rows:
        if row.number:
            days = (today - row.since).days
            title = "1 invoice is overdue" if row.number == 1 else f"{row.number} invoices are overdue"
            since = "since yesterday" if days == 1 else f"for {days} days"
            text = f"Due {since}" if row.number == 1 else f"The oldest {since}"
            if row.words not in ("0", "1"):
                text = f"{text}, all currencies together"
            yield Attention(title, text, "/invoices/?view=overdue", "over", "alert-circle")


def _forgotten() -> Select[Any]:
    """How many drafts nobody touched for a week; counting ends where it no longer matters."""
    idle = (INVOICE.business_id == BUSINESS, INVOICE.status == "draft", INVOICE.updated_at < WEEK_AGO)
    some = select(literal(1)).where(*idle).limit(MOST_COUNTED).subquery()
    return select(*columns(func.count())).select_from(some)


def tell_forgotten(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The forgotten drafts, if there are any."""
    for row in rows:
        if row.number:
            many = f"{row.number} or more" if row.number == MOST_COUNTED else str(row.number)
            title = "1 draft was forgotten" if row.number == 1 else f"{many} drafts were forgotten"
            yield Attention(
                title,
                "Nobody touched them for a week; newer ones are in the same list",
                "/invoices/?view=drafts",
                "",
                "pencil",
            )


WATCHES = (Watch(_overdue(), tell_overdue), Watch(_forgotten(), tell_forgotten))
