"""Whether and how an amount can be paid online."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.money import Money
from app.payments.gateways.errors import GatewayRefused
from app.payments.registry import gateway_for


@dataclass(frozen=True, slots=True)
class Offer:
    """What a pay button leads to. `ways` is a line for the customer; `origins` are where the form may end up."""

    title: str
    ways: str
    origins: tuple[str, ...]


def online_offer(business_id: uuid.UUID, amount: Money) -> Offer | None:
    """How an amount can be paid online; None without a gateway, in a currency it does not take, or below its least."""
    gateway = gateway_for(business_id)
    if gateway is None:
        return None
    try:
        least = gateway.minimum(amount.currency)
    except GatewayRefused:
        return None
    return Offer(gateway.title, gateway.ways, gateway.checkout_origins) if amount.minor >= least else None


def takes_payments(business_id: uuid.UUID) -> bool:
    """Whether customers of a business can pay online."""
    return gateway_for(business_id) is not None
