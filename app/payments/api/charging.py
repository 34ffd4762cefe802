"""Charging a saved card for an invoice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.invoices.queries import get_invoice
from app.money import json_money
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.cards import CARD, CardOut, card_out
from app.payments.api.shapes import INVOICE_ID, MONEY
from app.payments.queries.saved_cards import agreed_before, card_on_invoice
from app.web.access import actor
from app.web.api import MoneyOut, Out, accepted, instant, operation, told

AT = "/billing/invoices/<uuid:invoice_id>/charge/"


class ChargeOut(Out):
    """The card that would be charged for an invoice, and the last charge of one for it; `state` is empty without one.

    One that is `paused` has to be confirmed by the customer, at `confirm_url`.
    """

    invoice_id: uuid.UUID
    card: CardOut | None
    state: str = Field(description="new, started, paused, unclear, failed, refused, or empty.")
    reason: str
    amount: MoneyOut | None
    at: datetime | None
    confirm_url: str
    may_charge: bool
    agreed_before: bool = Field(description="The customer had let the card be kept when the invoice was issued.")


_CHARGE: dict[str, Any] = {
    "invoice_id": INVOICE_ID,
    "card": CARD,
    "state": "new",
    "reason": "",
    "amount": MONEY,
    "at": "2026-11-20T10:30:00Z",
    "confirm_url": "",
    "may_charge": False,
    "agreed_before": True,
}


def _charge(invoice_id: uuid.UUID) -> dict[str, Any]:
    invoice = get_invoice(current_user.business_id, invoice_id)
    found = card_on_invoice(invoice)
    return {
        "invoice_id": str(invoice_id),
        "card": card_out(found.card) if found and found.card else None,
        "state": found.state if found else "",
        "reason": found.reason if found else "",
        "amount": json_money(found.amount) if found else None,
        "at": instant(found.at) if found else None,
        "confirm_url": found.url if found else "",
        "may_charge": bool(found and found.may_charge),
        "agreed_before": bool(found and found.card and agreed_before(found.card, invoice)),
    }


@blueprint.get(AT)
@operation(
    "Read the charge of a saved card", role="viewer", scope="payments:read", gives=ChargeOut, example=_CHARGE
)  # fmt: skip
def read_invoice_charge(invoice_id: uuid.UUID) -> Response:
    """While the invoice needs money: whether a card can be charged for it, and what became of the last time."""
    return told(_charge(invoice_id))


@blueprint.post(AT)
@operation(
    "Charge the saved card for an invoice",
    role="staff",
    scope="payments:write",
    gives=ChargeOut,
    status=202,
    example=_CHARGE,
    also={409: "The card cannot be charged for it, nothing is due, or a payment is under way."},
)
def charge_invoice(invoice_id: uuid.UUID) -> Response:
    """All that the invoice needs, on the customer's newest card that may be charged. A job asks the payment company;
    read the charge, or the invoice, to see what became of it. Where they had not `agreed_before`, make sure that
    they do."""
    service.charge_now(actor(), invoice_id, now=clock.now())
    return accepted(_charge(invoice_id), "The card is being charged")
