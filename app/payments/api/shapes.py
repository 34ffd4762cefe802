"""What payments, refunds and credit look like to programs, and what is read from what they send."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid
from app.money import Money, MoneyError, json_money
from app.payments.models import Payment, Refund
from app.payments.queries.lists import PaymentRow
from app.payments.rules import receipt_number
from app.web.api import In, MoneyOut, Out, instant

ByHand = Literal["transfer", "cash", "card_terminal", "mobile_money", "cheque", "other"]
Method = Literal["gateway", "transfer", "cash", "card_terminal", "mobile_money", "cheque", "other"]


class ReasonIn(In):
    """Why something is undone."""

    reason: str = Field(min_length=1, max_length=300, examples=["Typed twice"])


class AllocationOut(Out):
    """How much of a payment settles an invoice."""

    invoice_id: uuid.UUID
    number: str
    amount: MoneyOut


class RefundOut(Out):
    """Money that was given back, or that a bank took back (`kind` is then "dispute").

    Through a payment company it is on its way until its `state` is "done"; one that failed or was undone is credit
    again."""

    id: uuid.UUID
    customer_id: uuid.UUID
    payment_id: uuid.UUID | None
    credit_note_id: uuid.UUID | None
    through_payment_id: uuid.UUID | None = Field(description="Over which payment a payment company gives it back.")
    kind: Literal["refund", "dispute"]
    amount: MoneyOut
    method: Method
    on_date: date
    reference: str
    reason: str
    state: str = Field(description="new, pending, processing, needs_attention, done, failed or reversed.")
    state_reason: str
    gateway: str | None
    created_at: datetime
    settled_at: datetime | None


class PaymentOut(Out):
    """Money that came: `amount` is what settles invoices (`allocations`), what is left as credit, and what was given
    back. One that was undone settles nothing any more."""

    id: uuid.UUID
    customer_id: uuid.UUID
    customer_name: str
    amount: MoneyOut
    left: MoneyOut = Field(description="What is not used yet: the customer's credit.")
    given_back: MoneyOut
    allocations: list[AllocationOut]
    state: Literal["used", "credit_left", "given_back", "reversed"]
    method: Method
    received_on: date
    reference: str
    note: str
    gateway: str | None
    gateway_reference: str | None
    flags: list[str]
    receipt_number: str
    rate_to_base: str | None
    worth_in_base: MoneyOut | None = Field(description="Where it came in another currency and there was a rate.")
    reversed_at: datetime | None
    reversal_reason: str
    created_at: datetime
    updated_at: datetime
    refunds: list[RefundOut] | None = Field(description="Null in a list that does not include them.")


MONEY = {"amount": "1000.00", "minor": 100000, "currency": "NGN"}
NOTHING = {"amount": "0.00", "minor": 0, "currency": "NGN"}
CUSTOMER_ID = "01936f4e-7c00-7000-8000-000000000010"
INVOICE_ID = "01936f4e-7c00-7000-8000-000000000030"
PAYMENT_ID = "01936f4e-7c00-7000-8000-000000000040"
PAYMENT = {
    "id": PAYMENT_ID,
    "customer_id": CUSTOMER_ID,
    "customer_name": "Adaeze Nwosu",
    "amount": MONEY,
    "left": NOTHING,
    "given_back": NOTHING,
    "allocations": [{"invoice_id": INVOICE_ID, "number": "INV-2026-0001", "amount": MONEY}],
    "state": "used",
    "method": "cash",
    "received_on": "2026-11-20",
    "reference": "",
    "note": "",
    "gateway": None,
    "gateway_reference": None,
    "flags": [],
    "receipt_number": "R-0000000040",
    "rate_to_base": None,
    "worth_in_base": None,
    "reversed_at": None,
    "reversal_reason": "",
    "created_at": "2026-11-20T10:30:00Z",
    "updated_at": "2026-11-20T10:30:00Z",
    "refunds": [],
}
REFUND = {
    "id": "01936f4e-7c00-7000-8000-000000000050",
    "customer_id": CUSTOMER_ID,
    "payment_id": PAYMENT_ID,
    "credit_note_id": None,
    "through_payment_id": None,
    "kind": "refund",
    "amount": MONEY,
    "method": "cash",
    "on_date": "2026-11-21",
    "reference": "",
    "reason": "Paid twice",
    "state": "done",
    "state_reason": "",
    "gateway": None,
    "created_at": "2026-11-21T10:30:00Z",
    "settled_at": "2026-11-21T10:30:00Z",
}


def payment_out(row: PaymentRow, refunds: Sequence[Refund] | None) -> dict[str, Any]:
    """A payment as it goes out."""
    payment = row.payment
    parts = [
        {"invoice_id": str(part.invoice_id), "number": part.number, "amount": json_money(part.amount)}
        for part in row.parts
    ]
    base, worth = payment.base_currency, payment.base_minor
    return {
        "id": str(payment.id),
        "customer_id": str(payment.client_id),
        "customer_name": row.client_name,
        "amount": json_money(row.amount),
        "left": json_money(row.left),
        "given_back": json_money(Money(payment.refunded_minor, payment.currency)),
        "allocations": parts,
        "state": _state(payment),
        "method": payment.method,
        "received_on": payment.received_on.isoformat(),
        "reference": payment.reference,
        "note": payment.note,
        "gateway": payment.gateway,
        "gateway_reference": payment.gateway_reference,
        "flags": list(payment.flags),
        "receipt_number": receipt_number(payment.id),
        "rate_to_base": None if payment.rate_to_base is None else f"{payment.rate_to_base.normalize():f}",
        "worth_in_base": None if base is None or worth is None else json_money(Money(worth, base)),
        "reversed_at": instant(payment.reversed_at),
        "reversal_reason": payment.reversal_reason,
        "created_at": instant(payment.created_at),
        "updated_at": instant(payment.updated_at),
        "refunds": None if refunds is None else [refund_out(one) for one in refunds],
    }


def _state(payment: Payment) -> str:
    if payment.reversed_at is not None:
        return "reversed"
    if payment.unallocated_minor:
        return "credit_left"
    return "given_back" if payment.refunded_minor == payment.amount_minor else "used"


def refund_out(row: Refund) -> dict[str, Any]:
    """A refund as it goes out."""
    return {
        "id": str(row.id),
        "customer_id": str(row.client_id),
        **{name: _id(getattr(row, name)) for name in ("payment_id", "credit_note_id")},
        "through_payment_id": _id(row.through_id),
        "kind": row.kind,
        "amount": json_money(Money(row.amount_minor, row.currency)),
        "on_date": row.on_date.isoformat(),
        **{name: getattr(row, name) for name in ("method", "reference", "reason", "state", "state_reason", "gateway")},
        "created_at": instant(row.created_at),
        "settled_at": instant(row.settled_at),
    }


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)


def minor_of(amount: Decimal, currency: str, path: str = "amount") -> int:
    """An amount above zero in minor units. Raises Invalid with a sentence for the path."""
    try:
        minor = Money.of(amount, currency).minor
    except MoneyError as error:
        raise Invalid(path, str(error)) from None
    if minor <= 0:
        raise Invalid(path, "Enter an amount above zero.")
    return minor


def today() -> date:
    """The day at the business."""
    return clock.today(current_user.timezone)
