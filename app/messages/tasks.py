"""Delivering one message: prepare, call the mail server with no transaction open, record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app

from app.jobs import Context, Permanent, VendorTask
from app.messages import queries, registry, service
from app.messages.channels.base import Address, OutgoingMessage, PartlyRefused
from app.messages.models import Message


@dataclass(frozen=True, slots=True)
class Ready:
    """A message read from its row; attachments are fetched outside the transaction."""

    message: OutgoingMessage
    business_id: uuid.UUID
    attachments: tuple[dict[str, Any], ...]


def prepare(context: Context) -> Ready | None:
    """Read the row; nothing is left to do when it was sent already."""
    row = queries.find(context.business, uuid.UUID(context.args["message_id"]))
    if row is None or row.state == "sent":
        return None
    return Ready(outgoing(row), row.business_id, tuple(row.attachments))


def outgoing(row: Message) -> OutgoingMessage:
    """The message as a channel takes it, without attachments."""
    return OutgoingMessage(
        message_id=row.message_id,
        date=row.created_at,
        sender=registry.sender(row.sender_name),
        to=tuple(Address(name, address) for name, address in row.recipients),
        subject=row.subject,
        text=row.text,
        html=row.html or None,
        reply_to=Address(row.sender_name, row.reply_to) if row.reply_to else None,
    )


def call(ready: Ready) -> str:
    """Fetch the attachments and hand the mail over. Returns the provider's id."""
    channel = registry.installation_channel()
    if channel is None:
        raise Permanent("No mail server is configured. Set EMAIL_HOST and EMAIL_FROM.")
    providers = current_app.extensions.get("duely_attachments", {})
    files = tuple(providers[spec["kind"]](ready.business_id, spec) for spec in ready.attachments)
    try:
        return channel.send(_with(ready.message, files))
    except PartlyRefused as error:
        return error.provider_id


def record(context: Context, ready: Ready, provider_id: str) -> None:
    """Note that the provider accepted it."""
    service.accepted(context.business, uuid.UUID(context.args["message_id"]), provider_id, context.now)


def failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    """Note why it did not go out."""
    known = getattr(error, "reason", None) or (str(error) if hasattr(error, "permanent") else "")
    reason = known or "Something on our side failed while sending this."
    service.refused(context.business, uuid.UUID(context.args["message_id"]), reason, final, context.now)


def _with(message: OutgoingMessage, files: tuple[Any, ...]) -> OutgoingMessage:
    return replace(message, attachments=files)


TASKS = {"messages.deliver": VendorTask(prepare, call, record, failed)}
