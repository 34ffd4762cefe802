"""Messages as programs see them: how far each one got, and what is done about one that did not get out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import NotFound
from app.messages import queries, service
from app.messages.models import Message
from app.messages.queries import MessageFilters
from app.messages.rules import KINDS
from app.web.access import actor
from app.web.api import ListQuery, Out, Since, accepted, instant, operation, paged, rooms_api, told

blueprint = rooms_api("messages", "/api/messages", "Messages")
Channel = Literal["email", "whatsapp", "sms"]
State = Literal["queued", "unknown", "sent", "delivered", "read", "failed", "cancelled"]


class RecipientOut(Out):
    name: str
    address: str = Field(description="An e-mail address, or a number such as +2348031234567.")


class MessageOut(Out):
    """A message through one channel. `taken_over` says that it failed and another channel took over."""

    id: uuid.UUID
    kind: str
    channel: Channel
    state: State
    taken_over: bool
    reason: str
    subject: str
    recipients: list[RecipientOut]
    object_kind: str
    object_id: uuid.UUID | None
    customer_id: uuid.UUID | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None


class WholeMessageOut(MessageOut):
    """A message with what it says, or would say if it left now."""

    text: str
    html: str
    tries: int
    next_try_at: datetime | None
    taken_over_by: uuid.UUID | None


class MessageQuery(ListQuery):
    """Which messages. "failed" are those from which no other channel took over."""

    q: str = Field("", max_length=80, description="Words that the subject or a recipient holds.")
    state: Literal["", "queued", "unknown", "sent", "delivered", "read", "failed", "taken-over", "cancelled"] = ""
    channel: Literal["", "email", "whatsapp", "sms"] = ""
    kind: str = Field("", max_length=24, examples=["invoice"], description=f"One of {', '.join(KINDS)}.")
    customer_id: uuid.UUID | None = None
    object_id: uuid.UUID | None = Field(None, description="The invoice, payment or whatever it is about.")
    since: Since | None = Field(None, description="Made from this moment on.")


MESSAGE = {
    "id": "01936f4e-7c00-7000-8000-000000000050",
    "kind": "invoice",
    "channel": "email",
    "state": "failed",
    "taken_over": False,
    "reason": "The mailbox does not exist.",
    "subject": "Invoice INV-2026-0001",
    "recipients": [{"name": "Adaeze Nwosu", "address": "adaeze@example.com"}],
    "object_kind": "invoice",
    "object_id": "01936f4e-7c00-7000-8000-000000000040",
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "created_at": "2026-11-20T10:30:00Z",
    "sent_at": None,
    "delivered_at": None,
    "read_at": None,
    "failed_at": "2026-11-20T10:31:00Z",
}
WHOLE = {
    **MESSAGE,
    "text": "Here is your invoice.",
    "html": "<p>Here is your invoice.</p>",
    "tries": 1,
    "next_try_at": None,
    "taken_over_by": None,
}


@blueprint.get("/")
@operation(
    "List messages",
    role="viewer",
    scope="messages:read",
    query=MessageQuery,
    gives=MessageOut,
    many=True,
    example=MESSAGE,
)
def list_messages(query: MessageQuery) -> Response:
    """What went out, is on its way or did not arrive; the newest first."""
    filters = MessageFilters(
        state=query.state,
        channel=query.channel,
        kind=query.kind,
        client_id=query.customer_id,
        text=query.q,
        object_id=query.object_id,
        since=query.since,
    )
    page = queries.list_messages(current_user.business_id, filters, query.walk)
    gone = queries.which_taken_over(current_user.business_id, page.items)
    return paged(page, query, lambda message: _told(message, message.id in gone))


@blueprint.get("/<uuid:message_id>/")
@operation("Read a message", role="viewer", scope="messages:read", gives=WholeMessageOut, example=WHOLE)
def read_message(message_id: uuid.UUID) -> Response:
    """To whom, how far it got, and what it says."""
    return told(_read(message_id))


@blueprint.post("/<uuid:message_id>/resend/")
@operation(
    "Send a message again", role="staff", scope="messages:write", gives=WholeMessageOut, status=202, example=WHOLE
)
def resend_message(message_id: uuid.UUID) -> Response:
    """Puts one that did not get out into the outbox again; 409 for one that did."""
    service.resend(actor().business_id, message_id)
    return accepted(_read(message_id), "It is in the outbox again")


@blueprint.post("/<uuid:message_id>/cancel/")
@operation("Take a message back", role="staff", scope="messages:write", gives=WholeMessageOut, example=WHOLE)
def cancel_message(message_id: uuid.UUID) -> Response:
    """Keeps one that still waits from leaving, and no other channel takes over; 409 for one that is leaving or left."""
    service.take_back(actor(), message_id, now=clock.now())
    return told(_read(message_id), "It does not go out any more")


@blueprint.post("/<uuid:message_id>/lost/")
@operation("Say that a message did not arrive", role="staff", scope="messages:write", gives=WholeMessageOut,
           example=WHOLE)  # fmt: skip
def lose_message(message_id: uuid.UUID) -> Response:
    """For one of which it is not known whether it left: somebody asked the customer, who does not have it."""
    service.say_lost(actor(), message_id, now=clock.now())
    return told(_read(message_id), "It counts as not sent")


@blueprint.post("/<uuid:message_id>/trust/")
@operation("Say that the addresses of a message work", role="staff", scope="messages:write", gives=WholeMessageOut,
           example=WHOLE)  # fmt: skip
def trust_message(message_id: uuid.UUID) -> Response:
    """They are used again after they bounced. Whoever wrote stop has to write start."""
    service.trust_again(actor(), message_id, now=clock.now())
    return told(_read(message_id), "The address is used again")


def _read(message_id: uuid.UUID) -> dict[str, Any]:
    row = queries.find(current_user.business_id, message_id)
    if row is None:
        raise NotFound
    said, follower = service.would_say(row, clock.now()) or row, queries.follower(row)
    return {
        **_told(row, follower is not None),
        "subject": said.subject,
        "text": said.text,
        "html": said.html,
        "tries": row.tries,
        "next_try_at": instant(queries.next_try(row)),
        "taken_over_by": _id(follower.id) if follower else None,
    }


def _told(row: Message, taken_over: bool) -> dict[str, Any]:
    moments = ("created_at", "sent_at", "delivered_at", "read_at", "failed_at")
    return {
        "id": str(row.id),
        **{name: getattr(row, name) for name in ("kind", "channel", "state", "reason", "subject", "object_kind")},
        "taken_over": taken_over,
        "recipients": [{"name": name, "address": address} for name, address in row.recipients],
        "object_id": _id(row.object_id),
        "customer_id": _id(row.client_id),
        **{name: instant(getattr(row, name)) for name in moments},
    }


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
