"""Putting messages into the outbox. Knows no feature: others register what travels along."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from app import jobs
from app.database import locked, new_id, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.messages.models import Message
from app.messages.queries import is_stuck, refusing
from app.messages.render import Rendered
from app.messages.rules import TRANSIENT, About, Face

Gate = Callable[[Message, datetime], str]
TakenBack = Callable[[Any, Message, datetime], None]
Rewording = Callable[[Message, datetime, bool], tuple[str, Face] | None]

REST_WAITS = timedelta(minutes=1)
"""How long those wait whom a mail server would not take for now, while it took others."""


class NotResendable(Conflict):
    """Only a message that did not get out can be sent again from here."""


class TooLate(Conflict):
    """It is leaving or has left already, so it can no longer be taken back."""


class Unreachable(Invalid):
    """No channel would take the message; `errors` say why."""

    def __init__(self, sentence: str) -> None:
        super().__init__("recipients", sentence)


@transactional
def dispatch(
    business_id: uuid.UUID,
    about: About,
    faces: Sequence[Face],
    *,
    now: datetime,
    not_before: datetime | None = None,
    replaces: uuid.UUID | None = None,
) -> Message:
    """Write a message into the outbox, as the first of its faces that has somebody to go to.

    The other faces take over one after the other when it fails for good. Addresses that refused before are left out.
    It is "queued" until the provider accepts it, and waits until `not_before`. Raises Unreachable.
    """
    reasons: dict[str, str] = {}
    left = [one for face in faces if (one := _reachable(business_id, face, reasons)).recipients]
    if not left:
        raise Unreachable(" ".join(reasons.values()) or "There is nobody to send this to.")
    message = _row(business_id, about, left[0], left[1:], now)
    message.not_before, message.replaces = not_before, replaces
    db.session.add(message)
    db.session.flush()
    deliver(message)
    return message


@transactional
def queue_email(
    business_id: uuid.UUID,
    kind: str,
    recipients: Sequence[tuple[str, str]],
    rendered: Rendered,
    *,
    now: datetime,
    object_kind: str = "",
    object_id: uuid.UUID | None = None,
    client_id: uuid.UUID | None = None,
    reply_to: str = "",
    sender_name: str = "",
    attachments: Sequence[Mapping[str, Any]] = (),
    form_id: uuid.UUID | None = None,
) -> Message:
    """Write one mail into the outbox: it is "queued" until the mail server accepts it.

    `recipients` are (name, address) pairs; `attachments` name a registered provider: {"kind": ..., ...}.
    Raises Unreachable without a recipient.
    """
    face = Face("email", tuple(recipients), rendered.text, rendered.subject, rendered.html, tuple(attachments))
    about = About(kind, object_kind, object_id, client_id, reply_to, sender_name, form_id)
    return dispatch(business_id, about, [face], now=now)


@transactional
def resend(business_id: uuid.UUID, message_id: uuid.UUID) -> Message:
    """Try a message that did not get out again: it failed, nobody knows, or the work on it gave up.

    What the provider says of earlier tries no longer counts. It is a new message, with an id and a date of its own and
    worded when it leaves; only a text of which nobody knows stays what it is, for it is looked up first.
    Raises NotFound, NotResendable.
    """
    message = locked(Message, business_id, message_id)
    if message is None:
        raise NotFound
    if message.state not in ("failed", "unknown") and not is_stuck(message):
        raise NotResendable
    if message.provider_id:
        message.extras = {**message.extras, "past_ids": [*message.extras.get("past_ids", ()), message.provider_id]}
        message.provider_id = ""
    if message.state == "failed" or message.channel == "email":
        message.asked_at = None
    if message.asked_at is None:
        message.message_id = mail_id(new_id())
    message.state, message.reason, message.failed_at, message.not_before = "queued", "", None, None
    message.sent_at = message.delivered_at = message.read_at = None
    message.tries += 1
    db.session.flush()
    deliver(message)
    return message


@transactional
def cancel(business_id: uuid.UUID, message_id: uuid.UUID, reason: str, *, even_if_asked: bool = False) -> bool:
    """Keep a message that has not left yet from leaving. Returns whether it was in time.

    `even_if_asked`: whoever calls knows that the provider does not have it, or will not send it again.
    """
    message = locked(Message, business_id, message_id)
    if message is None or message.state not in TRANSIENT or (message.asked_at is not None and not even_if_asked):
        return False
    message.state, message.reason, message.asked_at = "cancelled", reason[:300], None
    return True


@transactional
def take_back(actor: Any, message_id: uuid.UUID, *, now: datetime) -> None:
    """A person keeps a message that still waits from leaving; no other channel takes over. Raises NotFound, TooLate."""
    message = locked(Message, actor.business_id, message_id)
    if message is None:
        raise NotFound
    if not cancel(actor.business_id, message_id, f"{actor.name or 'Somebody'} took it back before it left."):
        raise TooLate
    told: TakenBack | None = current_app.extensions.get("duely_on_take_back")
    if told:
        told(actor, message, now)


def unwanted(message: Message, now: datetime) -> str:
    """Why a message should not leave any more, as the room it is about says; empty when it should."""
    gate: Gate | None = current_app.extensions.get("duely_message_gates", {}).get(message.object_kind)
    return gate(message, now) if gate else ""


def send_rest(message: Message, addresses: Sequence[str], now: datetime) -> Message:
    """A message of their own for those of several who did not get this one, in the open transaction.

    They are no longer among the recipients of the first. No other channel takes over: somebody got it by this one.
    """
    mine = [pair for pair in message.recipients if pair[1] in addresses]
    about = About(
        message.kind, message.object_kind, message.object_id, message.client_id, message.reply_to, message.sender_name
    )
    face = Face(message.channel, (), message.text, message.subject, message.html, tuple(message.attachments))
    rest = _row(message.business_id, about, replace(face, recipients=tuple((one[0], one[1]) for one in mine)), (), now)
    rest.extras = {"rest_of": str(message.id)} | {
        name: value for name, value in message.extras.items() if name == "unsubscribe"
    }
    rest.not_before = now + REST_WAITS
    db.session.add(rest)
    message.recipients = [pair for pair in message.recipients if pair not in mine]
    message.extras = {**message.extras, "rest": str(rest.id)}
    db.session.flush()
    deliver(rest)
    return rest


def word_anew(message: Message, now: datetime) -> None:
    """Let a message that has not left say what is true now, in the open transaction.

    What it is about may have changed while it waited: a part was paid, the day it speaks of has passed.
    """
    worded = _worded(message, now, look=False)
    if worded is None:
        return
    message.kind, face = worded
    message.subject, message.text, message.html = face.subject, face.text, face.html
    stored = face.stored()
    message.extras = {**message.extras, **{name: stored[name] for name in ("content_sid", "variables")}}


def would_say(message: Message, now: datetime) -> Face | None:
    """What a message that is not worded yet would say if it left now; None for one that has its words, or needs none
    any more. Nothing is made."""
    if message.text or message.state not in TRANSIENT:
        return None
    worded = _worded(message, now, look=True)
    return worded[1] if worded else None


def _worded(message: Message, now: datetime, *, look: bool) -> tuple[str, Face] | None:
    rewordings: dict[str, Rewording] = current_app.extensions.get("duely_rewordings", {})
    rewording = rewordings.get(message.object_kind)
    return rewording(message, now, look) if rewording else None


def deliver(message: Message) -> None:
    """Add the job that sends a message, in the open transaction; `tries` is raised before it is asked for again."""
    args = {"message_id": str(message.id)}
    key = f"deliver:{message.id}:{message.tries}"
    jobs.enqueue("messages.deliver", key, args, business_id=message.business_id, due_at=message.not_before)


def _reachable(business_id: uuid.UUID, face: Face, reasons: dict[str, str]) -> Face:
    """A face with those it may go to; why others are left out is added to `reasons`."""
    refused = refusing(business_id, face.channel, [address for _, address in face.recipients])
    reasons |= {address: f"{address}: {reason}" for address, reason in refused.items()}
    open_ones = tuple(pair for pair in face.recipients if pair[1].casefold() not in refused)
    return replace(face, recipients=open_ones if face.channel == "email" else open_ones[:1])


def mail_id(unique: uuid.UUID | str) -> str:
    """The Message-ID of a mail, of the kind "<uuid@host>"."""
    host = current_app.config["DUELY"].site_url.split("://")[1].split("/")[0].split(":")[0]
    return f"<{unique}@{host}>"


def _row(business_id: uuid.UUID, about: About, face: Face, others: Sequence[Face], now: datetime) -> Message:
    message_id = new_id()
    stored = face.stored()
    extras = {name: stored[name] for name in ("media", "content_sid", "variables", "unsubscribe") if stored[name]}
    if about.form_id:
        extras["form"] = str(about.form_id)
    if others:
        extras["next"] = [other.stored() for other in others]
    return Message(
        business_id=business_id,
        id=message_id,
        kind=about.kind,
        channel=face.channel,
        object_kind=about.object_kind,
        object_id=about.object_id,
        client_id=about.client_id,
        recipients=stored["recipients"],
        reply_to=about.reply_to,
        sender_name=about.sender_name,
        subject=face.subject,
        text=face.text,
        html=face.html,
        attachments=stored["attachments"],
        extras=extras,
        message_id=mail_id(message_id),
        state="queued",
        tries=0,
        created_at=now,
    )
