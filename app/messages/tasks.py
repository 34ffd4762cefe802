"""Delivering one message: prepare, call the provider with no transaction open, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import current_app

from app.jobs import Context, Later, Permanent, Retry, VendorTask
from app.messages import media, queries, registry, service
from app.messages.channels.base import (
    Address,
    Attachment,
    OutcomeUnknown,
    OutgoingMessage,
    OutgoingText,
    PartlyRefused,
    TextChannel,
    TransportError,
)
from app.messages.channels.mime import wire_address
from app.messages.channels.smtp_replies import gone
from app.messages.models import Message
from app.messages.rules import TRANSIENT
from app.messages.service import breaker

Agreed = Callable[[uuid.UUID, uuid.UUID, str, str], str]
LOOK_AGAIN = 60.0
"""Seconds between two looks for a message whose outcome is not known."""
SETTLED_AFTER = timedelta(minutes=5)
"""A message that a provider knows nothing of for so long after we asked never got there, and is sent again."""
NO_TEMPLATE = (
    "WhatsApp takes free text only within a day after the client wrote. Set an approved template for this kind of "
    "message under Settings, Message texts."
)


NOBODY_LOOKS = (
    "It may have been sent. It could not be looked up, as WhatsApp and SMS are not configured any more: set "
    "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or ask the client and say that it did not arrive."
)


class Unwanted(Permanent):
    """What a message is about changed before it left; no other channel takes over."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message read from its row; attachments are fetched outside the transaction.

    `since` is when a try began whose outcome nobody knows: then the provider is asked about it first. `known` are ids
    of other messages to the same number, none of which can be this one. `unwanted` says why it should not be sent any
    more, `refusal` why nobody may be written to there; what is out already is found all the same.
    """

    message: OutgoingMessage | OutgoingText
    business_id: uuid.UUID
    row_id: uuid.UUID
    now: datetime
    attachments: tuple[Mapping[str, Any], ...] = ()
    since: datetime | None = None
    known: frozenset[str] = frozenset()
    unwanted: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The provider's id, whom of several it would not take, and which of their addresses do not exist.

    `later` are those that were refused for now.
    """

    provider_id: str
    reason: str = ""
    gone: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def prepare(context: Context) -> Ready | None:
    """Read the row and note that a provider is asked; nothing is left to do when it has left or should not any more.

    Raises Later while its channel does not answer anybody.
    """
    message_id = uuid.UUID(context.args["message_id"])
    row = queries.find(context.business, message_id)
    if row is None or row.state not in TRANSIENT:
        return None
    unwanted = service.unwanted(row, context.now)
    if unwanted and (row.asked_at is None or row.channel == "email"):
        # A mail that may be out already is at least not sent a second time.
        service.call_off(context.business, message_id, unwanted, now=context.now)
        return None
    wait = breaker.wait(row.channel, context.now)
    if wait:
        raise Later(wait, "The channel does not answer at present; this waits until it does.")
    open_ones, refusal = _open_ones(row)
    since = service.begin_try(context.business, message_id, context.now)
    if row.channel == "email":
        mail = outgoing(row, open_ones)
        return Ready(mail, row.business_id, row.id, context.now, tuple(row.attachments), refusal=refusal)
    known = queries.provider_ids(row) if since else frozenset()
    files = (row.extras["media"],) if row.extras.get("media") else ()
    text, lacks = _text(row, context.now)
    return Ready(text, row.business_id, row.id, context.now, files, since, known, unwanted, refusal or lacks)


def call(ready: Ready) -> Outcome:
    """Look up what may have left already, else fetch the attachments and hand the message over."""
    if isinstance(ready.message, OutgoingText):
        return _send_text(ready, ready.message)
    if ready.refusal:
        raise Permanent(ready.refusal)
    channel = registry.installation_channel()
    if channel is None:
        raise Permanent("No mail server is configured. Set EMAIL_HOST and EMAIL_FROM.")
    try:
        return Outcome(channel.send(replace(ready.message, attachments=_files(ready))))
    except PartlyRefused as error:
        waiting = {one.address for one in error.refused if not one.permanent}
        later = tuple(one.address for one in ready.message.to if wire_address(one.address) in waiting)
        return Outcome(error.provider_id, error.reason, gone(error.refused), later)


def _send_text(ready: Ready, text: OutgoingText) -> Outcome:
    channel = registry.text_channel()
    if channel is None:
        if ready.since is not None:
            # Without an account nobody can look; that it was not sent is not known.
            raise OutcomeUnknown(NOBODY_LOOKS)
        raise Permanent("WhatsApp and SMS are not configured. Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
    if ready.since is not None:
        found = _looked_up(channel, ready, text)
        if found is not None:
            return Outcome(found)
        left = SETTLED_AFTER - (ready.now - ready.since)
        if left > timedelta():
            wait = min(left.total_seconds(), LOOK_AGAIN)
            raise Later(wait, "It is not known whether the provider has it. It is being looked up.")
    if ready.unwanted:
        raise Unwanted(ready.unwanted)
    if ready.refusal:
        raise Permanent(ready.refusal)
    if ready.since is not None:
        text = _begun_again(ready, ready.since)
    _files(ready)
    return Outcome(channel.send(text))


def _begun_again(ready: Ready, since: datetime) -> OutgoingText:
    """A text that never got there, as it is sent now: what it tells of may have been paid meanwhile."""
    about = (ready.business_id, ready.row_id, since, ready.now)
    made = service.begin_again(*about, lambda row: _text(row, ready.now))
    if made is None:
        raise Later(LOOK_AGAIN, "It is not known whether the provider has it. It is being looked up.")
    text, lacks = made
    if lacks:
        raise Permanent(lacks)
    return text


def _looked_up(channel: TextChannel, ready: Ready, text: OutgoingText) -> str | None:
    """The provider's id of a try whose outcome was lost; None when it does not have it.

    As long as nobody could look, the outcome stays unknown: to forget that would send it twice.
    """
    assert ready.since is not None
    try:
        return channel.find(text, ready.since, ready.known)
    except OutcomeUnknown:
        raise
    except TransportError as error:
        unknown = OutcomeUnknown(error.reason, detail=error.detail)
        unknown.about_one = error.about_one
        raise unknown from error


def _files(ready: Ready) -> tuple[Attachment, ...]:
    providers = current_app.extensions.get("duely_attachments", {})
    return tuple(providers[spec["kind"]](ready.business_id, spec) for spec in ready.attachments)


def record(context: Context, ready: Ready, outcome: Outcome) -> None:
    """Note that the provider accepted it."""
    breaker.worked(_channel(ready))
    message_id, told = uuid.UUID(context.args["message_id"]), (outcome.provider_id, context.now)
    more = {"gone": outcome.gone, "later": outcome.later}
    service.accepted(context.business, message_id, *told, reason=outcome.reason, **more)


def failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    """Note why it did not go out."""
    message_id = uuid.UUID(context.args["message_id"])
    if isinstance(error, Unwanted):
        service.call_off(context.business, message_id, str(error), now=context.now)
        return
    if ready is not None and isinstance(error, TransportError):
        if error.permanent or error.about_one:
            breaker.worked(_channel(ready))
        else:
            breaker.failed(_channel(ready), context.now)
    known = getattr(error, "reason", None) or (str(error) if hasattr(error, "permanent") else "")
    reason = known or "Something on our side failed while sending this."
    lost, told = isinstance(error, OutcomeUnknown), error if isinstance(error, TransportError) else None
    more = {"gone": told.gone, "maybe_out": told.maybe_out} if told else {}
    service.refused(context.business, message_id, reason, final, context.now, unknown=lost, **more)


def _open_ones(row: Message) -> tuple[list[list[str]], str]:
    """Those of a message's recipients that may be written to now, and why not, when it is nobody."""
    refused = queries.refusing(row.business_id, row.channel, [address for _, address in row.recipients])
    left = [pair for pair in row.recipients if pair[1].casefold() not in refused]
    if not left:
        return list(row.recipients), " ".join(f"{address}: {why}" for address, why in refused.items())
    agreed: Agreed | None = current_app.extensions.get("duely_may_be_written_to")
    if row.channel == "email" or row.client_id is None or agreed is None:
        return left, ""
    return left, agreed(row.business_id, row.client_id, row.channel, left[0][1])


def _channel(ready: Ready) -> str:
    return ready.message.channel if isinstance(ready.message, OutgoingText) else "email"


def outgoing(row: Message, to: Sequence[Sequence[str]] = ()) -> OutgoingMessage:
    """A mail as its channel takes it, without attachments, to these (name, address) pairs or to all of its own.

    Its date is when this try began, so that a mail that waited or is sent again stands in a mailbox where it arrived.
    While nobody knows how a try ended `asked_at` stays: its repeat has the date of the first, as it has its Message-ID
    and words, so that whoever gets both can tell that they are one.
    """
    stop = row.extras.get("unsubscribe")
    headers = (
        (("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")) if stop else ()
    )
    return OutgoingMessage(
        message_id=row.message_id,
        date=row.asked_at or row.created_at,
        sender=registry.sender(row.sender_name),
        to=tuple(Address(name, address) for name, address in to or row.recipients),
        subject=row.subject,
        text=row.text,
        html=row.html or None,
        reply_to=Address(row.sender_name, row.reply_to) if row.reply_to else None,
        headers=headers,
    )


def _text(row: Message, now: datetime) -> tuple[OutgoingText, str]:
    """A WhatsApp or SMS as its channel takes it: an approved template unless the client wrote to us within a day.

    The second part says what is missing to send it now; what may have left before is looked up all the same.
    """
    number, channel = str(row.recipients[0][1]), row.channel
    free = channel == "sms" or not registry.wants_templates()
    free = free or queries.wrote_lately(row.business_id, channel, number, now)
    content_sid = "" if free else str(row.extras.get("content_sid", ""))
    carries = channel == "whatsapp" and bool(row.extras.get("media"))
    text = OutgoingText(
        channel=_named(channel),
        to=number,
        text=row.text,
        message_id=row.message_id,
        date=row.asked_at or row.created_at,
        content_sid=content_sid,
        variables=tuple((name, value) for name, value in row.extras.get("variables", ())) if content_sid else (),
        media_url=media.url(row.business_id, row.id) if carries and not content_sid else "",
        status_url=media.status_url(row.business_id, row.id),
    )
    return text, "" if free or content_sid else NO_TEMPLATE


def _named(channel: str) -> Literal["whatsapp", "sms"]:
    return "whatsapp" if channel == "whatsapp" else "sms"


PATIENCE = Retry(longest=120, give_up_after=24 * 3600)
TASKS = {"messages.deliver": VendorTask(prepare, call, record, failed, retry=PATIENCE, tells=True)}
