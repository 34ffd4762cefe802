"""Saved cards: what a customer let the business keep, and removing one."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.clients.queries import get_client
from app.payments import service
from app.payments.api import blueprint
from app.payments.queries.saved_cards import Card, cards_of, get_card
from app.web.access import actor
from app.web.api import Out, instant, operation, told

AT = "/customers/<uuid:client_id>/cards/"


class CardOut(Out):
    """A card that a customer let the business charge again; its code is told to nobody."""

    id: uuid.UUID
    brand: str
    last4: str
    expires: str = Field(description="Month and year as on the card; empty when it does not say.", examples=["12/2030"])
    expired: bool
    status: Literal["active", "refused"] = Field(description="The payment company charges no refused one any more.")
    end_reason: str
    consent: str = Field(description="What they agreed to, as they were shown it.")
    agreed_at: datetime


CARD: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000073",
    "brand": "Visa",
    "last4": "4081",
    "expires": "12/2030",
    "expired": False,
    "status": "active",
    "end_reason": "",
    "consent": "Keep this card and pay future invoices automatically.",
    "agreed_at": "2026-11-20T10:30:00Z",
}


def card_out(card: Card) -> dict[str, Any]:
    """A card as it goes out."""
    plain = ("brand", "last4", "expires", "expired", "status", "end_reason", "consent")
    return {
        "id": str(card.id),
        **{name: getattr(card, name) for name in plain},
        "agreed_at": instant(card.since),
    }


@blueprint.get(AT)
@operation(
    "List a customer's saved cards", role="viewer", scope="payments:read", gives=CardOut, many=True, example=CARD
)  # fmt: skip
def list_customer_cards(client_id: uuid.UUID) -> Response:
    """The newest first; removed ones are gone."""
    client = get_client(current_user.business_id, client_id)
    return told([card_out(card) for card in cards_of(client.business_id, client.id)])


@blueprint.delete(AT + "<uuid:card_id>/")
@operation("Remove a saved card", role="staff", scope="payments:write")
def remove_customer_card(client_id: uuid.UUID, card_id: uuid.UUID) -> Response:
    """It is never charged again, and the payment company forgets it. The customer can have one kept anew when they pay
    the next time."""
    card = get_card(current_user.business_id, card_id, client_id)
    service.remove_card(actor(), card.id, now=clock.now())
    return told(None, "The card is removed")
