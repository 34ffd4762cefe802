"""The credit of a customer: what is left of their payments and credit notes, and using it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.clients.queries import get_client
from app.money import Money, json_money
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.recording import invoice_for
from app.payments.api.shapes import CUSTOMER_ID, INVOICE_ID, MONEY, PAYMENT_ID, minor_of
from app.payments.models import Payment
from app.payments.queries.credit import Left, credit_of
from app.web.access import actor
from app.web.api import Amount, In, MoneyOut, Out, operation, told

Kind = Literal["payment", "credit_note"]


class CreditSourceOut(Out):
    """A payment or a credit note of which something is left."""

    kind: Kind
    id: uuid.UUID
    on: date
    reference: str = Field(description="What the payment came with, or the number of the credit note.")
    left: MoneyOut


class CustomerCreditOut(Out):
    """What a customer has paid, or was credited, and has not used."""

    customer_id: uuid.UUID
    totals: list[MoneyOut] = Field(description="One for each currency.")
    sources: list[CreditSourceOut] = Field(description="The oldest first, payments before credit notes.")


class UseCreditIn(In):
    """Which invoice it settles, and how much of it at most."""

    invoice_id: uuid.UUID
    amount: Amount | None = Field(None, description="As much as the invoice needs when it is left out.")


class UsedPartOut(Out):
    """How much of what was used."""

    kind: Kind
    id: uuid.UUID
    amount: MoneyOut


class UsedCreditOut(Out):
    """What was used for an invoice."""

    invoice_id: uuid.UUID
    used: MoneyOut
    parts: list[UsedPartOut]
    due: MoneyOut = Field(description="What the invoice still needs.")


@blueprint.get("/customers/<uuid:client_id>/credit/")
@operation(
    "Read a customer's credit",
    role="viewer",
    scope="payments:read",
    gives=CustomerCreditOut,
    example={
        "customer_id": CUSTOMER_ID,
        "totals": [MONEY],
        "sources": [{"kind": "payment", "id": PAYMENT_ID, "on": "2026-11-20", "reference": "GTB 4711", "left": MONEY}],
    },
)
def read_customer_credit(client_id: uuid.UUID) -> Response:
    """In each currency, and which payments and credit notes it is left of."""
    client = get_client(current_user.business_id, client_id)
    sources = credit_of(client.business_id, client_id)
    totals: dict[str, int] = {}
    for one in sources:
        totals[one.currency] = totals.get(one.currency, 0) + one.minor
    return told(
        {
            "customer_id": str(client_id),
            "totals": [json_money(Money.total(minor, code)) for code, minor in sorted(totals.items())],
            "sources": [_source(one) for one in sources],
        }
    )


def _source(one: Left) -> dict[str, object]:
    left = json_money(Money(one.minor, one.currency))
    return {"kind": one.kind, "id": str(one.id), "on": one.on.isoformat(), "reference": one.reference, "left": left}


@blueprint.post("/customers/<uuid:client_id>/credit/apply/")
@operation(
    "Use a customer's credit",
    role="staff",
    scope="payments:write",
    takes=UseCreditIn,
    gives=UsedCreditOut,
    example={
        "invoice_id": INVOICE_ID,
        "used": MONEY,
        "parts": [{"kind": "payment", "id": PAYMENT_ID, "amount": MONEY}],
        "due": {"amount": "0.00", "minor": 0, "currency": "NGN"},
    },
    takes_example={"invoice_id": INVOICE_ID},
)
def apply_customer_credit(client_id: uuid.UUID, body: UseCreditIn) -> Response:
    """Settles an open invoice of the customer, from the oldest payment on, then from credit notes."""
    get_client(current_user.business_id, client_id)
    invoice = invoice_for(client_id, body.invoice_id)
    minor = None if body.amount is None else minor_of(body.amount, invoice.currency)
    used = service.use_credit(actor(), client_id, invoice.id, now=clock.now(), amount_minor=minor)
    parts = [
        {
            "kind": "payment" if isinstance(source, Payment) else "credit_note",
            "id": str(source.id),
            "amount": json_money(Money(taken, source.currency)),
        }
        for source, taken in used
    ]
    invoice = invoice_for(client_id, body.invoice_id)
    whole = Money(sum(taken for _, taken in used), invoice.currency)
    due = Money(invoice.balance_minor, invoice.currency)
    return told(
        {"invoice_id": str(invoice.id), "used": json_money(whole), "parts": parts, "due": json_money(due)}, "Used"
    )
