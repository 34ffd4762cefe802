"""Disputes: payments that customers object to at their banks."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.money import json_money
from app.payments.api import blueprint
from app.payments.api.shapes import MONEY, PAYMENT_ID
from app.payments.queries.disputes import DisputeRow, list_disputes
from app.web.api import ListQuery, MoneyOut, Out, instant, operation, paged


class DisputeOut(Out):
    """A payment that a customer objects to at their bank; it is answered at the payment company, at `url`.

    A lost one is booked as the refund `refund_id`; `problem` says why that could not be done yet.
    """

    id: uuid.UUID
    payment_id: uuid.UUID | None
    refund_id: uuid.UUID | None
    customer_name: str
    company: str
    reference: str
    amount: MoneyOut | None
    category: str
    state: str
    resolution: str
    words: str
    due_on: date | None
    opened_at: datetime
    resolved_at: datetime | None
    problem: str
    url: str


class DisputeQuery(ListQuery):
    """Which disputes."""

    open: bool = Field(False, description="Only those that are not decided yet.")


_DISPUTE: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000072",
    "payment_id": PAYMENT_ID,
    "refund_id": None,
    "customer_name": "Adaeze Nwosu",
    "company": "Paystack",
    "reference": "T685312322670591",
    "amount": MONEY,
    "category": "chargeback",
    "state": "awaiting_us",
    "resolution": "",
    "words": "Needs your answer",
    "due_on": "2026-11-24",
    "opened_at": "2026-11-20T10:30:00Z",
    "resolved_at": None,
    "problem": "",
    "url": "https://dashboard.paystack.com/#/disputes",
}


def _dispute(one: DisputeRow) -> dict[str, Any]:
    row = one.dispute
    return {
        "id": str(row.id),
        "payment_id": str(row.payment_id) if row.payment_id else None,
        "refund_id": str(row.refund_id) if row.refund_id else None,
        "customer_name": one.client_name,
        "company": one.company,
        "amount": json_money(one.amount) if one.amount else None,
        "words": one.words,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "opened_at": instant(row.opened_at),
        "resolved_at": instant(row.resolved_at),
        "url": one.url,
        **{name: getattr(row, name) for name in ("reference", "category", "state", "resolution", "problem")},
    }


@blueprint.get("/billing/disputes/")
@operation(
    "List disputes",
    role="viewer",
    scope="payments:read",
    query=DisputeQuery,
    gives=DisputeOut,
    many=True,
    example=_DISPUTE,
)
def list_payment_disputes(query: DisputeQuery) -> Response:
    """The latest first. They are answered at the payment company, not here."""
    today = clock.today(current_user.timezone)
    return paged(list_disputes(current_user.business_id, query.open, today, query.walk), query, _dispute)
