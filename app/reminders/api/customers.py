"""How a customer is written to: by which channels, what keeps us from it, and reminders again for who stopped them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.clients.queries import get_card
from app.clients.service import set_channels
from app.errors import Invalid
from app.messages.rules import agreed
from app.messages.service import trust_address
from app.reminders import queries
from app.reminders.api import blueprint
from app.reminders.api.settings import Channel
from app.reminders.forms import ChannelsForm, OrderForm
from app.reminders.service.stopping import allow_reminders
from app.web.access import actor
from app.web.api import In, Out, Text, filled, instant, operation, told

AT = "/customers/<uuid:client_id>/reminders/"
Phone = Literal["whatsapp", "sms"]


class CustomerRemindersChange(In):
    """What is to be different; what is left out stays."""

    channels: list[Channel] = Field([], max_length=3, description="In this order; none: as the business.")
    agreed: list[Phone] = Field([], max_length=2, description="By what of these they agreed to be written to.")


class ClosedAddressOut(Out):
    """An address that nothing is sent to, and why. Who stopped it at `stopped_at` alone can allow it again."""

    channel: Channel
    address: str
    why: str
    stopped_at: datetime | None


class CustomerRemindersOut(Out):
    """How a customer is written to. `no_reminders_since`: they asked for no reminders."""

    customer_id: uuid.UUID
    channels: list[Channel]
    agreed: list[Phone]
    no_reminders_since: datetime | None
    closed: list[ClosedAddressOut]


class TrustIn(In):
    """An address as it stands among those that are closed."""

    channel: Channel
    address: Text = Field(min_length=1, examples=["adaeze@example.com"])


_ADDRESS: dict[str, Any] = {"channel": "email", "address": "adaeze@example.com"}
_WRITTEN: dict[str, Any] = {
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "channels": ["whatsapp", "email"],
    "agreed": ["whatsapp"],
    "no_reminders_since": None,
    "closed": [_ADDRESS | {"why": "There is no such mailbox.", "stopped_at": None}],
}
_CHANGES: dict[str, Any] = {
    "role": "staff",
    "scope": "clients:write",
    "gives": CustomerRemindersOut,
    "example": _WRITTEN,
}


def _read(client_id: uuid.UUID) -> dict[str, Any]:
    card = get_card(current_user.business_id, client_id)
    client = card.client
    return {
        "customer_id": str(client.id),
        "channels": list(client.channels),
        "agreed": [name for name in ("whatsapp", "sms") if agreed(client.consents, name, card.phone)],
        "no_reminders_since": instant(client.no_reminders_at),
        "closed": [
            {"channel": one.channel, "address": one.address, "why": one.why, "stopped_at": instant(one.stopped_at)}
            for one in queries.closed_of(card)
        ],
    }


@blueprint.get(AT)
@operation(
    "Read how a customer is written to",
    role="viewer",
    scope="clients:read",
    gives=CustomerRemindersOut,
    example=_WRITTEN,
)
def read_customer_reminders(client_id: uuid.UUID) -> Response:
    """What goes out for an invoice is told by its reminders."""
    return told(_read(client_id))


@blueprint.patch(AT)
@operation(
    "Change how a customer is written to",
    takes=CustomerRemindersChange,
    takes_example={"channels": ["whatsapp", "email"]},
    **_CHANGES,
)
def change_customer_reminders(client_id: uuid.UUID, body: CustomerRemindersChange) -> Response:
    """A consent counts for the number they have now."""
    present = _read(client_id)
    words = {**present, **body.model_dump(include=set(body.model_fields_set))}
    if set(words["agreed"]) - set(present["agreed"]) and not get_card(current_user.business_id, client_id).phone:
        raise Invalid("agreed", "This customer has no number that they could have agreed to.")
    typed = {**OrderForm.spread(words["channels"]), **{name: name in words["agreed"] for name in ("whatsapp", "sms")}}
    form = filled(ChannelsForm, typed, names=dict.fromkeys(("first", "second", "third"), "channels"))
    set_channels(actor(), client_id, form.order, form.consents, now=clock.now())
    return told(_read(client_id), "Saved")


@blueprint.post(AT + "allow/")
@operation("Remind a customer again", **_CHANGES)
def allow_customer_reminders(client_id: uuid.UUID) -> Response:
    """They asked for it who had stopped reminders before. Nothing happens where they are reminded anyway."""
    allow_reminders(actor(), client_id, now=clock.now())
    return told(_read(client_id), "This customer is reminded")


@blueprint.post(AT + "trust/")
@operation("Use an address again", takes=TrustIn, takes_example=_ADDRESS, **_CHANGES)
def trust_customer_address(client_id: uuid.UUID, body: TrustIn) -> Response:
    """Somebody confirmed that it works. One that was not closed, or that its owner stopped, stays as it is."""
    card, asked = get_card(current_user.business_id, client_id), (body.channel, body.address.casefold())
    if asked not in [(one.channel, one.address) for one in queries.closed_of(card)]:
        return told(_read(client_id), "It is in use already")
    trust_address(actor(), client_id, *asked, now=clock.now())
    return told(_read(client_id), "The address is used again")
