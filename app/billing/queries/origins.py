"""Which subscription an invoice was made by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.billing.models import BilledDays, BilledPeriod


def made_by(invoice: Any) -> ColumnElement[Any]:
    """The first of the subscriptions that bill something on the invoice of a query around it; NULL when none does."""
    first = []
    for model in (BilledPeriod, BilledDays):
        of = model.__table__.c
        mine = (of.business_id == invoice.business_id, of.invoice_id == invoice.id)
        query = select(of.subscription_id).where(*mine).order_by(of.subscription_id).limit(1)
        first.append(query.correlate(invoice.__table__).scalar_subquery())
    return func.coalesce(*first)
