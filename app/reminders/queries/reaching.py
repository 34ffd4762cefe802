"""By which channels of their ladder a client cannot be reached at present."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from app.clients.queries import Card, reach
from app.messages.queries import Closed, closed, refusing


def ways(business_id: uuid.UUID, client_id: uuid.UUID, channel: str = "") -> list[str]:
    """The channels a reminder would be tried by: this one, else the client's own order, where anybody takes it."""
    whom = reach(business_id, client_id, (channel,) if channel else ())
    found = []
    for one in whom.channels:
        addresses = [address.casefold() for _, address in whom.recipients(one)]
        if set(addresses) - set(refusing(business_id, one, addresses)):
            found.append(one)
    return found


def unreachable(business_id: uuid.UUID, client_id: uuid.UUID, channels: Iterable[str]) -> frozenset[str]:
    """Those of the channels of steps (empty: the client's own order) by which nobody would get a reminder."""
    return frozenset(channel for channel in set(channels) if not ways(business_id, client_id, channel))


def closed_of(card: Card) -> list[Closed]:
    """What of a client's addresses nothing is sent to, by which channel."""
    places = [("email", [to for _, to in card.recipients]), ("whatsapp", [card.phone]), ("sms", [card.phone])]
    return [one for channel, addresses in places for one in closed(card.client.business_id, channel, addresses)]
