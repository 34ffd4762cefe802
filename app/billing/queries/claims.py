"""Days of subscriptions that were billed, and the invoices they stand on."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, select

from app.billing.models import BilledPeriod
from app.billing.queries.serving import billed
from app.billing.rules import Span
from app.extensions import db
from app.invoices.models import Invoice
from app.web.paging import Page, Walk, paginate


def claimed_of(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Span]]:
    """All days of some subscriptions that were claimed and not given back."""
    if not ids:
        return {}
    query = select(
        BilledPeriod.subscription_id, BilledPeriod.period_start, BilledPeriod.period_end, BilledPeriod.credited_from
    ).where(
        BilledPeriod.business_id == business_id,
        BilledPeriod.subscription_id.in_(ids),
        BilledPeriod.reversed_at.is_(None),
    )
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for subscription_id, start, end, credited_from in db.session.execute(query):
        found[subscription_id].append(Span(start, credited_from or end))
    return found


def periods_of(
    business_id: uuid.UUID, subscription_id: uuid.UUID, limit: int = 50
) -> list[tuple[BilledPeriod, Invoice | None]]:
    """The periods of a subscription that were claimed, the latest first, each with its invoice."""
    on_invoice = and_(Invoice.business_id == BilledPeriod.business_id, Invoice.id == BilledPeriod.invoice_id)
    query = (
        select(BilledPeriod, Invoice)
        .outerjoin(Invoice, on_invoice)
        .where(BilledPeriod.business_id == business_id, BilledPeriod.subscription_id == subscription_id)
        .order_by(BilledPeriod.period_start.desc(), BilledPeriod.id.desc())
        .limit(limit)
    )
    return [(row.BilledPeriod, row.Invoice) for row in db.session.execute(query)]


def page_of_periods(business_id: uuid.UUID, subscription_id: uuid.UUID, walk: Walk) -> Page[Any]:
    """A page of the same: (period, its invoice or None)."""
    on_invoice = and_(Invoice.business_id == BilledPeriod.business_id, Invoice.id == BilledPeriod.invoice_id)
    mine = (BilledPeriod.business_id == business_id, BilledPeriod.subscription_id == subscription_id)
    query = select(BilledPeriod, Invoice).outerjoin(Invoice, on_invoice).where(*mine)
    order = (BilledPeriod.period_start.desc(), BilledPeriod.id.desc())
    return paginate(query, order, walk, scope=(business_id, subscription_id, "periods"))


def overdue_among(business_id: uuid.UUID, ids: Collection[uuid.UUID], today: date) -> set[uuid.UUID]:
    """Those of `ids` that have an invoice which is owed and past its due date."""
    of = billed(business_id, subscriptions=ids)
    query = (
        select(of.c.subscription_id)
        .join(Invoice, Invoice.id == of.c.invoice_id)
        .where(
            Invoice.business_id == business_id,
            Invoice.status == "open",
            Invoice.balance_minor > 0,
            Invoice.due_date < today,
        )
    )
    return set(db.session.scalars(query))
