"""Held money: what came and did not fit, matched to whom it belongs, or dismissed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid
from app.money import Money, json_money
from app.payments import queries, service
from app.payments.api import blueprint
from app.payments.api.payments import read
from app.payments.api.shapes import CUSTOMER_ID, MONEY, PAYMENT, PaymentOut
from app.payments.forms import ResolveForm
from app.payments.models import HeldMoney
from app.payments.service.matching import Target, matchable
from app.web.access import actor
from app.web.api import In, MoneyOut, Out, filled, instant, operation, told

AT = "/billing/held-money/"


class HeldMoneyOut(Out):
    """Money, or news of money, that did not fit, and why. Unless it is `matchable`, it can only be dismissed."""

    id: uuid.UUID
    gateway: str
    reference: str
    amount: MoneyOut | None
    reason: str
    invoice_id: uuid.UUID | None = Field(description="What it was meant for, where that is known.")
    matchable: bool
    created_at: datetime


class MatchIn(In):
    """Whom it belongs to: an invoice, or a customer whose credit it becomes."""

    invoice_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None


class DismissIn(In):
    """What was done about it, for whoever asks later."""

    resolution: str = Field(min_length=1, max_length=300, examples=["Given back at the payment company"])


_HELD: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000070",
    "gateway": "paystack",
    "reference": "T685312322670591",
    "amount": MONEY,
    "reason": "Nobody knows this reference.",
    "invoice_id": None,
    "matchable": True,
    "created_at": "2026-11-20T10:30:00Z",
}


def _held(row: HeldMoney) -> dict[str, Any]:
    try:
        amount = None if row.amount_minor is None else json_money(Money(row.amount_minor, row.currency))
    except ValueError:
        amount = None
    return {
        "id": str(row.id),
        "gateway": row.gateway,
        "reference": row.reference,
        "amount": amount,
        "reason": row.reason,
        "invoice_id": str(row.invoice_id) if row.invoice_id else None,
        "matchable": matchable(row),
        "created_at": instant(row.created_at),
    }


@blueprint.get(AT)
@operation(
    "List held money", role="viewer", scope="payments:read", gives=HeldMoneyOut, many=True, example=_HELD
)  # fmt: skip
def list_held_money() -> Response:
    """All that nobody decided on yet, the oldest first."""
    return told([_held(row) for row in queries.held(current_user.business_id)])


@blueprint.post(AT + "<uuid:held_id>/match/")
@operation(
    "Match held money",
    role="staff",
    scope="payments:write",
    takes=MatchIn,
    gives=PaymentOut,
    example=PAYMENT,
    takes_example={"customer_id": CUSTOMER_ID},
    calls=True,
)
def match_held_money(held_id: uuid.UUID, body: MatchIn) -> Response:
    """Asks the payment company once more, and books what really came: to the invoice, the excess as credit, or all
    of it as the customer's credit. The same match twice books once."""
    given = [name for name in ("invoice_id", "customer_id") if getattr(body, name) is not None]
    if len(given) != 1:
        raise Invalid("invoice_id", "Give either an invoice or a customer.")
    target = Target("invoice", body.invoice_id) if body.invoice_id else Target("client", body.customer_id)  # type: ignore[arg-type]
    try:
        payment = service.match_held(actor(), held_id, target, now=clock.now())
    except Invalid as error:
        raise Invalid({given[0] if path == "target" else path: said for path, said in error.errors.items()}) from error
    return told(read(payment.id), "Matched")


@blueprint.post(AT + "<uuid:held_id>/resolve/")
@operation(
    "Dismiss held money",
    role="admin",
    scope="payments:write",
    takes=DismissIn,
    takes_example={"resolution": "Given back at the payment company"},
)
def resolve_held_money(held_id: uuid.UUID, body: DismissIn) -> Response:
    """Books nothing: it notes what you did about it, and takes it off the list."""
    form = filled(ResolveForm, body.model_dump())
    service.resolve_held(actor(), held_id, form.resolution.data, now=clock.now())
    return told(None, "Noted")
