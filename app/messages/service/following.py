"""What became of a message: its tries, the provider's word and receipts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import func, select

from app.database import locked, transactional
from app.errors import Conflict, NotFound
from app.extensions import db
from app.messages.models import Message
from app.messages.rules import TRANSIENT, About, Face, states_below
from app.messages.service.addresses import mark
from app.messages.service.queueing import Unreachable, cancel, dispatch, send_rest, word_anew

Read = TypeVar("Read")
Listener = Callable[[Message, datetime], None]
_WHEN = {"sent": "sent_at", "delivered": "delivered_at", "read": "read_at", "failed": "failed_at"}


class OutcomeKnown(Conflict):
    """It is known by now what became of this message. Look at the page again."""


@transactional
def begin_try(business_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> datetime | None:
    """Note that a provider is about to be asked, with the message in the words that are true now.

    One that may be out already keeps its words: what people see as sent is what was.
    Returns when the try before this one began, if nobody knows how that ended: then it has to be looked up first.
    """
    message = locked(Message, business_id, message_id)
    if message is None or message.state not in TRANSIENT:
        return None
    before = message.asked_at
    if before is None:
        word_anew(message, now)
    message.asked_at = before or now
    if before is not None and message.channel != "email":
        message.state = "unknown"
    return before


@transactional
def begin_again(
    business_id: uuid.UUID, message_id: uuid.UUID, since: datetime, now: datetime, read: Callable[[Message], Read]
) -> Read | None:
    """Begin anew the text of a try that began at `since` and never got there, in the words that are true now.

    Returns what `read` makes of it, while it is held; None when it is over, or somebody else has begun it anew.
    """
    message = locked(Message, business_id, message_id)
    if message is None or message.state not in TRANSIENT or message.asked_at != since:
        return None
    word_anew(message, now)
    message.asked_at = now
    return read(message)


@transactional
def accepted(
    business_id: uuid.UUID,
    message_id: uuid.UUID,
    provider_id: str,
    now: datetime,
    *,
    reason: str = "",
    gone: Sequence[str] = (),
    later: Sequence[str] = (),
) -> None:
    """The provider took the message: it is sent. What it was about is told in the same transaction.

    `reason` says whom of several it would not take, `gone` which of their addresses do not exist. Those it would not
    take for now (`later`) get a message of their own that is tried again, so that nobody gets it twice.
    """
    message = locked(Message, business_id, message_id)
    if message is None:
        return
    first = message.state in TRANSIENT
    message.tries += 1
    message.asked_at, message.provider_id = None, message.provider_id or provider_id[:200]
    message.sent_at = message.sent_at or now
    for address in gone:
        mark(business_id, message.channel, address, failed_at=now, reason="The mail server refused this address.")
    if message.channel != "email":
        mark(business_id, message.channel, message.recipients[0][1])
    if first:
        message.state, message.reason = "sent", reason[:300]
        if later:
            send_rest(message, later, now)
        _tell(message, now)


@transactional
def refused(
    business_id: uuid.UUID,
    message_id: uuid.UUID,
    reason: str,
    final: bool,
    now: datetime,
    *,
    unknown: bool = False,
    gone: Sequence[str] = (),
    maybe_out: bool = False,
) -> None:
    """A try failed, with the reason in plain words; `final` says no other follows, and the next channel takes over.

    `unknown`: the provider may have it all the same, so nothing takes over. `gone` are addresses that do not exist.
    `maybe_out`: a mail may have left, and what is sent again is the same.
    """
    message = locked(Message, business_id, message_id)
    if message is None or message.state not in TRANSIENT:
        return
    message.tries += 1
    message.reason = reason[:300]
    if unknown:
        message.state = "unknown"
        return
    if not maybe_out:
        message.asked_at = None
    for address in gone:
        mark(business_id, message.channel, address, failed_at=now, reason=reason[:300])
    if final:
        _fail(message, now)


@transactional
def say_lost(actor: Any, message_id: uuid.UUID, *, now: datetime) -> None:
    """A person says that a message nobody could look up did not arrive: it failed, and can be sent anew.

    No other channel takes over, for whoever says so decides what follows. Raises NotFound, OutcomeKnown.
    """
    message = locked(Message, actor.business_id, message_id)
    if message is None:
        raise NotFound
    if message.state != "unknown":
        raise OutcomeKnown
    message.state, message.failed_at, message.asked_at = "failed", now, None
    message.reason = f"{actor.name} said that it did not arrive."[:300]
    _tell(message, now)


@transactional
def receipt(
    business_id: uuid.UUID,
    message_id: uuid.UUID,
    provider_id: str,
    state: str,
    reason: str,
    now: datetime,
    *,
    gone: bool = False,
) -> bool:
    """A provider says how far a message got. Only forward, whatever order receipts come in. Returns whether it moved.

    `gone`: the number cannot be reached at all, so nothing more is sent there.
    """
    message = locked(Message, business_id, message_id)
    if message is None or message.channel == "email" or message.provider_id not in ("", provider_id):
        return False
    if provider_id in message.extras.get("past_ids", ()):
        return False
    if message.state not in states_below(state):
        return False
    told = message.state not in TRANSIENT
    message.provider_id, message.asked_at = provider_id[:200], None
    message.sent_at = message.sent_at or now
    if state == "failed":
        message.reason = reason[:300]
        if gone:
            mark(business_id, message.channel, message.recipients[0][1], failed_at=now, reason=reason[:300])
        _fail(message, now)
        return True
    message.state, message.reason = state, ""
    if getattr(message, _WHEN[state]) is None:
        setattr(message, _WHEN[state], now)
    if not told:
        _tell(message, now)
    return True


@transactional
def call_off(business_id: uuid.UUID, message_id: uuid.UUID, reason: str, *, now: datetime) -> None:
    """Keep a message that nobody wants any more from leaving, and tell what it was about."""
    message = locked(Message, business_id, message_id)
    if message is not None and cancel(business_id, message_id, reason, even_if_asked=True):
        _tell(message, now)


def _fail(message: Message, now: datetime) -> None:
    message.state, message.failed_at = "failed", now
    db.session.flush()
    _tell(message, now)
    _take_over(message, now)


def _take_over(message: Message, now: datetime) -> None:
    """Send the next face in place of a message that failed for good, once."""
    faces = [Face.of(stored) for stored in message.extras.get("next", ())]
    follower = (Message.business_id == message.business_id, Message.replaces == message.id)
    if not faces or db.session.scalar(select(func.count()).select_from(Message).where(*follower)):
        return
    about = About(
        message.kind,
        message.object_kind,
        message.object_id,
        message.client_id,
        message.reply_to,
        message.sender_name,
    )
    try:
        dispatch(message.business_id, about, faces, now=now, replaces=message.id)
    except Unreachable as error:
        message.reason = f"{message.reason} {error}"[:300]


def _tell(message: Message, now: datetime) -> None:
    db.session.flush()
    listeners: dict[str, Listener] = current_app.extensions.get("duely_message_listeners", {})
    listener = listeners.get(message.object_kind)
    if listener:
        listener(message, now)
