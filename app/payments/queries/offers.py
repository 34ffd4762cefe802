"""Whether and how an amount can be paid online."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.auth.queries import get_business
from app.money import Money
from app.payments.gateways.errors import GatewayRefused
from app.payments.queries.saved_cards import active_cards
from app.payments.registry import gateway_for
from app.payments.rules import consent_words


@dataclass(frozen=True, slots=True)
class Offer:
    """What a pay button leads to. `ways` is a line for the customer; `origins` are where the form may end up.

    `consent` is what the customer may agree to, so that the card is kept; empty where that is not offered.
    """

    title: str
    ways: str
    origins: tuple[str, ...]
    consent: str = ""


def online_offer(business_id: uuid.UUID, amount: Money, client_id: uuid.UUID | None = None) -> Offer | None:
    """How an amount can be paid online; None without a gateway, in a currency it does not take, or below its least.

    A client whose card is kept already is not asked to have it kept.
    """
    gateway = gateway_for(business_id)
    if gateway is None:
        return None
    try:
        least = gateway.minimum(amount.currency)
    except GatewayRefused:
        return None
    if amount.minor < least:
        return None
    business = get_business(business_id)
    asks = gateway.keeps_cards and business.charge_cards != "off" and client_id is not None
    consent = ""
    if asks and client_id is not None and not active_cards(business_id, client_id):
        consent = consent_words(business.name, business.charge_cards)
    return Offer(gateway.title, gateway.ways, gateway.checkout_origins, consent)


def takes_payments(business_id: uuid.UUID) -> bool:
    """Whether customers of a business can pay online."""
    return gateway_for(business_id) is not None
