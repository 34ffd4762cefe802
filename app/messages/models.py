"""The ledger of messages: to whom, about what, and how far each one got; and how a business words them."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant
from app.extensions import db


def _next_version(version: int | None) -> int:
    """A row that takes the place of a deleted one begins elsewhere, so that no form of before fits it."""
    return version + 1 if version else 1 + secrets.randbelow(100_000_000)


class Message(Tenant, db.Model):
    """One message through one channel.

    `state`: queued, unknown (the provider may or may not have it), sent, delivered, read, failed, cancelled. It is sent
    when the provider accepted it. `asked_at` is when the try under way began, `not_before` until when it waits.
    `extras` holds what only some channels need: content_sid, variables, media, unsubscribe, and in `next` the same
    message for the channels that take over should this one fail; `rest` is the message to those of several whom the
    mail server would not take for now, which has the first one in `rest_of`; `form` is the id of the form that asked
    for it. `replaces` is the message it took over from.
    """

    __tablename__ = "message"
    kind: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(12), default="email")
    object_kind: Mapped[str] = mapped_column(String(24), default="")
    object_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    recipients: Mapped[list[Any]] = mapped_column(JSON)
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    attachments: Mapped[list[Any]] = mapped_column(JSON, default=list)
    message_id: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12), default="queued")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(String(300), default="")
    provider_id: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    extras: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    replaces: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    __table_args__ = (
        Index("ix_message_object", "business_id", "object_kind", "object_id", "id"),
        Index("ix_message_state", "business_id", "state", "id"),
        Index("ix_message_client", "business_id", "client_id", "id"),
        Index("ix_message_provider", "business_id", "provider_id"),
    )


class ReachedAddress(Tenant, db.Model):
    """What was learned of one address or number: it bounced, its owner said stop, or wrote to us.

    While `failed_at` or `stopped_at` stands nothing is sent there. `wrote_at` opens WhatsApp's 24 hours.
    """

    __tablename__ = "reached_address"
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(254))
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(300), default="")
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    wrote_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        Index("uq_reached_address", "business_id", "channel", "address", unique=True),
        # Our number is the installation's: whoever says stop says it to every business.
        Index("ix_reached_address_everywhere", "channel", "address"),
    )


class ChannelBreaker(db.Model):
    """How a channel of this installation is doing: failures in a row, and until when it is not asked."""

    __tablename__ = "channel_breaker"
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    open_until: Mapped[datetime | None] = mapped_column(Instant)


class MessageTemplate(Tenant, db.Model):
    """How a business words one kind of message; without a row it is worded as delivered.

    `content_sid` is the template that WhatsApp approved, as Twilio names it; `variables` are the names that its {{1}},
    {{2}}, ... stand for, in that order.
    """

    __tablename__ = "message_template"
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(300))
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    whatsapp: Mapped[str] = mapped_column(Text)
    sms: Mapped[str] = mapped_column(Text)
    content_sid: Mapped[str] = mapped_column(String(34), default="")
    variables: Mapped[list[Any]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer)
    __table_args__ = (Index("uq_message_template_kind", "business_id", "kind", unique=True),)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": _next_version}
