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
    """One message through one channel. `state`: queued, sent, failed. "sent" only after the provider accepted it."""

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
    __table_args__ = (
        Index("ix_message_object", "business_id", "object_kind", "object_id", "id"),
        Index("ix_message_state", "business_id", "state", "id"),
    )


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
