"""Online payments that came to no end by themselves, and need a person."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.money import json_money
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.shapes import INVOICE_ID, MONEY
from app.payments.queries.unsettled import Unsettled, list_unsettled
from app.web.access import actor
from app.web.api import ListQuery, MoneyOut, Out, accepted, instant, operation, paged, told


class UnsettledOut(Out):
    """An online payment that needs a person. While it is `open`, the company can be asked about it."""

    id: uuid.UUID
    invoice_id: uuid.UUID
    invoice_number: str
    customer_name: str
    amount: MoneyOut
    state: str
    open: bool
    title: str
    reason: str
    company: str
    reference: str
    saved_card: bool
    at: datetime


_UNSETTLED: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000071",
    "invoice_id": INVOICE_ID,
    "invoice_number": "INV-2026-0001",
    "customer_name": "Adaeze Nwosu",
    "amount": MONEY,
    "state": "unclear",
    "open": True,
    "title": "Nobody knows whether this was paid",
    "reason": "The payment company gave no clear answer.",
    "company": "Paystack",
    "reference": "T685312322670591",
    "saved_card": False,
    "at": "2026-11-20T10:30:00Z",
}


def _unsettled(one: Unsettled) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "invoice_id": str(one.invoice_id),
        "invoice_number": one.number,
        "customer_name": one.client_name,
        "amount": json_money(one.amount),
        "open": one.open_still,
        "saved_card": one.card,
        "at": instant(one.at),
        **{name: getattr(one, name) for name in ("state", "title", "reason", "company", "reference")},
    }


@blueprint.get("/billing/unsettled/")
@operation(
    "List unsettled payments",
    role="viewer",
    scope="payments:read",
    query=ListQuery,
    gives=UnsettledOut,
    many=True,
    example=_UNSETTLED,
)
def list_unsettled_payments(query: ListQuery) -> Response:
    """Online payments that came to no end by themselves, the latest first."""
    return paged(list_unsettled(current_user.business_id, clock.now(), query.walk), query, _unsettled)


@blueprint.post("/billing/unsettled/<uuid:unsettled_id>/ask/")
@operation("Ask about an unsettled payment", role="staff", scope="payments:write", status=202)
def ask_unsettled_payment(unsettled_id: uuid.UUID) -> Response:
    """The payment company is asked once more by a job; what it answers settles the payment as ever."""
    service.ask_anew(actor(), unsettled_id, now=clock.now())
    return accepted(None, "The payment company is being asked")


@blueprint.post("/billing/unsettled/<uuid:unsettled_id>/not-paid/")
@operation("Say that a payment did not come", role="staff", scope="payments:write")
def say_payment_not_paid(unsettled_id: uuid.UUID) -> Response:
    """Notes that you looked it up there and no money came. Should it come after all, it is booked by itself."""
    service.say_not_paid(actor(), unsettled_id, now=clock.now())
    return told(None, "Noted")
