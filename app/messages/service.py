"""Queueing messages and recording what became of them. Knows no feature: others register what travels along."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import update

from app import jobs
from app.database import new_id, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.messages.channels.base import Attachment
from app.messages.models import Message
from app.messages.render import Rendered

Listener = Callable[[Message, datetime], None]
Provider = Callable[[uuid.UUID, Mapping[str, Any]], Attachment]


class NotResendable(Conflict):
    """Only a message that failed can be sent again from here."""


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
) -> Message:
    """Write one mail into the outbox: it is "queued" until the mail server accepts it.

    `recipients` are (name, address) pairs; `attachments` name a registered provider: {"kind": ..., ...}.
    Raises Invalid without a recipient.
    """
    if not recipients:
        raise Invalid("recipients", "There is nobody to send this to.")
    message_id = new_id()
    host = current_app.config["DUELY"].site_url.split("://")[1].split("/")[0].split(":")[0]
    message = Message(
        business_id=business_id,
        id=message_id,
        kind=kind,
        channel="email",
        object_kind=object_kind,
        object_id=object_id,
        client_id=client_id,
        recipients=[list(pair) for pair in recipients],
        reply_to=reply_to,
        sender_name=sender_name,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        attachments=[dict(spec) for spec in attachments],
        message_id=f"<{message_id}@{host}>",
        state="queued",
        tries=0,
        created_at=now,
    )
    db.session.add(message)
    db.session.flush()
    _deliver(message)
    return message


@transactional
def resend(business_id: uuid.UUID, message_id: uuid.UUID) -> Message:
    """Try a failed message again. Raises NotFound, NotResendable."""
    message = db.session.get(Message, (business_id, message_id), with_for_update=True, populate_existing=True)
    if message is None:
        raise NotFound
    if message.state != "failed":
        raise NotResendable
    message.state, message.reason, message.failed_at = "queued", "", None
    db.session.flush()
    _deliver(message)
    return message


@transactional
def accepted(business_id: uuid.UUID, message_id: uuid.UUID, provider_id: str, now: datetime) -> None:
    """The provider took the message: it is sent. What it was about is told in the same transaction."""
    changed = {"state": "sent", "sent_at": now, "provider_id": provider_id[:200], "reason": ""}
    _change(business_id, message_id, **changed)
    _tell(business_id, message_id, now)


@transactional
def refused(business_id: uuid.UUID, message_id: uuid.UUID, reason: str, final: bool, now: datetime) -> None:
    """A try failed, with the reason in plain words; `final` says no other follows."""
    changed: dict[str, Any] = {"reason": reason[:300]}
    if final:
        changed |= {"state": "failed", "failed_at": now}
    _change(business_id, message_id, **changed)
    if final:
        _tell(business_id, message_id, now)


def _deliver(message: Message) -> None:
    args = {"message_id": str(message.id)}
    key = f"deliver:{message.id}:{message.tries}"
    jobs.enqueue("messages.deliver", key, args, business_id=message.business_id)


def _change(business_id: uuid.UUID, message_id: uuid.UUID, **values: Any) -> None:
    row = (Message.business_id == business_id, Message.id == message_id)
    db.session.execute(update(Message).where(*row).values(tries=Message.tries + 1, **values))


def _tell(business_id: uuid.UUID, message_id: uuid.UUID, now: datetime) -> None:
    message = db.session.get(Message, (business_id, message_id), populate_existing=True)
    if message is None:
        return
    listener: Listener | None = current_app.extensions.get("duely_message_listeners", {}).get(message.object_kind)
    if listener:
        listener(message, now)
