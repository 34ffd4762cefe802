"""Delivering one message: prepare, call the provider with no transaction open, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import current_app

from app.jobs import Context, Later, Permanent, Retry, VendorTask
from app.messages import media, queries, registry, service
from app.messages.channels.base import (
    Address,
    OutcomeUnknown,
    OutgoingMessage,
    OutgoingText,
    PartlyRefused,
    TextChannel,
    TransportError,
)
from app.messages.channels.smtp_replies import gone
from app.messages.models import Message
from app.messages.service import breaker

Gate = Callable[[Message, datetime], str]
SETTLED_AFTER = timedelta(minutes=5)
"""A message that a provider knows nothing of for so long after we asked never got there, and is sent again."""
NO_TEMPLATE = (
    "WhatsApp takes free text only within a day after the client wrote. Set an approved template for this kind of "
    "message under Settings, Message texts."
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A message read from its row; attachments are fetched outside the transaction.

    `since` is when a try began whose outcome nobody knows: then the provider is asked about it first. `known` are ids
    of other messages to the same number, none of which can be this one.
    """

    message: OutgoingMessage | OutgoingText
    business_id: uuid.UUID
    now: datetime
    attachments: tuple[Mapping[str, Any], ...] = ()
    since: datetime | None = None
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The provider's id, and the addresses it would not take."""

    provider_id: str
    gone: tuple[str, ...] = ()


def prepare(context: Context) -> Ready | None:
    """Read the row and note that a provider is asked; nothing is left to do when it has left or should not any more.

    Raises Later while its channel does not answer anybody.
    """
    message_id = uuid.UUID(context.args["message_id"])
    row = queries.find(context.business, message_id)
    if row is None or row.state not in ("queued", "unknown"):
        return None
    if row.asked_at is None and (reason := _unwanted(row, context.now)):
        service.cancel(context.business, message_id, reason)
        return None
    wait = breaker.wait(row.channel, context.now)
    if wait:
        raise Later(wait, "The channel does not answer at present; this waits until it does.")
    since = service.begin_try(context.business, message_id, context.now)
    if row.channel == "email":
        return Ready(outgoing(row), row.business_id, context.now, tuple(row.attachments))
    known = queries.provider_ids(row) if since else frozenset()
    files = (row.extras["media"],) if row.extras.get("media") else ()
    return Ready(_text(row, context.now, since), row.business_id, context.now, files, since, known)


def call(ready: Ready) -> Outcome:
    """Look up what may have left already, else fetch the attachments and hand the message over."""
    if isinstance(ready.message, OutgoingText) and ready.since is not None:
        found = _look_up(ready, ready.message, ready.since)
        if found is not None:
            return Outcome(found)
    providers = current_app.extensions.get("duely_attachments", {})
    files = tuple(providers[spec["kind"]](ready.business_id, spec) for spec in ready.attachments)
    if isinstance(ready.message, OutgoingText):
        return Outcome(_text_channel().send(ready.message))
    channel = registry.installation_channel()
    if channel is None:
        raise Permanent("No mail server is configured. Set EMAIL_HOST and EMAIL_FROM.")
    try:
        return Outcome(channel.send(replace(ready.message, attachments=files)))
    except PartlyRefused as error:
        return Outcome(error.provider_id, gone(error.refused))


def _look_up(ready: Ready, text: OutgoingText, since: datetime) -> str | None:
    """The provider's id of a text whose outcome is unknown; None when it may be sent again.

    As long as nobody could look, the outcome stays unknown: to forget that would send it twice.
    """
    channel = _text_channel()
    try:
        found = channel.find(text, since, ready.known)
    except TransportError as error:
        raise OutcomeUnknown(error.reason, detail=error.detail) from error
    if found is None and ready.now - since < SETTLED_AFTER:
        raise OutcomeUnknown("It is not known whether the provider has it. It is being looked up.")
    return found


def _text_channel() -> TextChannel:
    channel = registry.text_channel()
    if channel is None:
        raise Permanent("WhatsApp and SMS are not configured. Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
    return channel


def record(context: Context, ready: Ready, outcome: Outcome) -> None:
    """Note that the provider accepted it."""
    breaker.worked(_channel(ready))
    message_id = uuid.UUID(context.args["message_id"])
    service.accepted(context.business, message_id, outcome.provider_id, context.now, gone=outcome.gone)


def failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    """Note why it did not go out."""
    transport = isinstance(error, TransportError)
    if ready is not None and transport:
        (breaker.worked if error.permanent else lambda name: breaker.failed(name, context.now))(_channel(ready))  # type: ignore[attr-defined]
    known = getattr(error, "reason", None) or (str(error) if hasattr(error, "permanent") else "")
    reason = known or "Something on our side failed while sending this."
    message_id = uuid.UUID(context.args["message_id"])
    told = {
        "unknown": isinstance(error, OutcomeUnknown),
        "gone": error.gone if isinstance(error, TransportError) else (),
    }
    service.refused(context.business, message_id, reason, final, context.now, **told)  # type: ignore[arg-type]


def _channel(ready: Ready) -> str:
    return ready.message.channel if isinstance(ready.message, OutgoingText) else "email"


def _unwanted(row: Message, now: datetime) -> str:
    """Why a message should not leave any more; empty when it should."""
    gate: Gate | None = current_app.extensions.get("duely_message_gates", {}).get(row.object_kind)
    return gate(row, now) if gate else ""


def outgoing(row: Message) -> OutgoingMessage:
    """A mail as its channel takes it, without attachments."""
    stop = row.extras.get("unsubscribe")
    headers = (
        (("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")) if stop else ()
    )
    return OutgoingMessage(
        message_id=row.message_id,
        date=row.created_at,
        sender=registry.sender(row.sender_name),
        to=tuple(Address(name, address) for name, address in row.recipients),
        subject=row.subject,
        text=row.text,
        html=row.html or None,
        reply_to=Address(row.sender_name, row.reply_to) if row.reply_to else None,
        headers=headers,
    )


def _text(row: Message, now: datetime, since: datetime | None) -> OutgoingText:
    """A WhatsApp or SMS as its channel takes it: an approved template unless the client wrote to us within a day.

    What may have left at `since`, when free text was taken, is looked up even though it would not be taken now.
    """
    number, channel = str(row.recipients[0][1]), row.channel
    free = channel == "sms" or not registry.wants_templates()
    free = free or queries.wrote_lately(row.business_id, channel, number, now)
    content_sid = "" if free else str(row.extras.get("content_sid", ""))
    if not free and not content_sid and since is None:
        raise Permanent(NO_TEMPLATE)
    carries = channel == "whatsapp" and bool(row.extras.get("media"))
    return OutgoingText(
        channel=_named(channel),
        to=number,
        text=row.text,
        message_id=row.message_id,
        date=row.created_at,
        content_sid=content_sid,
        variables=tuple((name, value) for name, value in row.extras.get("variables", ())) if content_sid else (),
        media_url=media.url(row.business_id, row.id) if carries and not content_sid else "",
        status_url=media.status_url(row.business_id, row.id),
    )


def _named(channel: str) -> Literal["whatsapp", "sms"]:
    return "whatsapp" if channel == "whatsapp" else "sms"


PATIENCE = Retry(longest=120, give_up_after=24 * 3600)
TASKS = {"messages.deliver": VendorTask(prepare, call, record, failed, retry=PATIENCE)}
