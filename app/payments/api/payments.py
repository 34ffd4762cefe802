"""Payments: the list, one of them, and undoing a wrong one."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid
from app.folding import searched
from app.money import CURRENCIES, Money, MoneyError
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.shapes import PAYMENT, Method, PaymentOut, ReasonIn, payment_out
from app.payments.forms import ReverseForm
from app.payments.queries.credit_notes import refunds_by_payment, refunds_of
from app.payments.queries.lists import Filters, get_row, list_payments
from app.web.access import actor
from app.web.api import Amount, Currency, ListQuery, Since, filled, operation, paged, told


class PaymentQuery(ListQuery):
    """Which payments, in which order. Days are those on which money was received, both included."""

    q: str = Field("", max_length=200, description="Words of the customer, of a reference or of an invoice's number.")
    customer_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = Field(None, description="Only what settles this invoice now.")
    method: Method | None = None
    currency: Currency = ""
    received_from: date | None = None
    received_to: date | None = None
    amount_from: Amount | None = Field(None, description="Say the currency, too.")
    amount_to: Amount | None = Field(None, description="Say the currency, too.")
    reversed: bool | None = Field(None, description="Only those that were undone, or only those that were not.")
    with_credit: bool = Field(False, description="Only those of which something is left.")
    include: list[Literal["refunds"]] = Field([], max_length=4)
    updated_since: Since | None = Field(None, description="Changed at this moment or after it.")
    sort: Literal["-received_on", "received_on", "-created_at", "updated_at", "-updated_at"] = "-received_on"


def read(payment_id: uuid.UUID) -> dict[str, Any]:
    """A payment as it stands. Raises NotFound."""
    business_id = current_user.business_id
    return payment_out(get_row(business_id, payment_id), refunds_of(business_id, payment_id))


@blueprint.get("/billing/payments/")
@operation(
    "List payments",
    role="viewer",
    scope="payments:read",
    query=PaymentQuery,
    gives=PaymentOut,
    many=True,
    example={**PAYMENT, "refunds": None},
)
def list_payments_received(query: PaymentQuery) -> Response:
    """The latest first. Payments that were undone stay in the list; `reversed=false` leaves them out."""
    business_id = current_user.business_id
    page = list_payments(business_id, _filters(query), query.walk)
    shown = "refunds" in query.include
    back = refunds_by_payment(business_id, [row.payment.id for row in page.items]) if shown else {}
    return paged(page, query, lambda row: payment_out(row, back.get(row.payment.id)))


def _filters(query: PaymentQuery) -> Filters:
    currency = query.currency.upper()
    if currency and currency not in CURRENCIES:
        raise Invalid("currency", "There is no such currency.")
    return Filters(
        text=searched(query.q),
        method=query.method or "",
        client_id=query.customer_id,
        day_from=query.received_from,
        day_to=query.received_to,
        invoice_id=query.invoice_id,
        currency=currency,
        least_minor=_minor("amount_from", query.amount_from, currency),
        most_minor=_minor("amount_to", query.amount_to, currency),
        undone=query.reversed,
        with_credit=query.with_credit,
        updated_since=query.updated_since,
        sort=query.sort,
    )


def _minor(name: str, amount: Decimal | None, currency: str) -> int | None:
    if amount is None:
        return None
    if not currency:
        raise Invalid("currency", "Say in which currency the amounts are.")
    try:
        return Money.of(amount, currency).minor
    except MoneyError as error:
        raise Invalid(name, str(error)) from None


@blueprint.get("/billing/payments/<uuid:payment_id>/")
@operation("Read a payment", role="viewer", scope="payments:read", gives=PaymentOut, example=PAYMENT)
def read_payment(payment_id: uuid.UUID) -> Response:
    """With what it settles now, and what of it was given back."""
    return told(read(payment_id))


@blueprint.post("/billing/payments/<uuid:payment_id>/reverse/")
@operation(
    "Undo a payment",
    role="staff",
    scope="payments:write",
    takes=ReasonIn,
    gives=PaymentOut,
    example={**PAYMENT, "state": "reversed", "reversed_at": "2026-11-21T10:30:00Z", "allocations": []},
    takes_example={"reason": "Typed twice"},
)
def reverse_payment(payment_id: uuid.UUID, body: ReasonIn) -> Response:
    """Undoes a wrong entry by an opposite one, dated today: the invoices owe again, and nothing is deleted. Only for
    payments that were recorded by hand; what came through a payment company is given back as a refund."""
    reason = filled(ReverseForm, body.model_dump()).reason.data
    service.reverse_payment(actor(), payment_id, reason, now=clock.now())
    return told(read(payment_id), "Undone")
