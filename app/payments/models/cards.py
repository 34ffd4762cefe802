"""Cards that customers let a business charge again."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class SavedCard(Tenant, db.Model):
    """A card a customer lets a business charge again, and the consent to it. Its code is encrypted, and gone when the
    company has forgotten it.

    `email` is the exact address the payment was made with: with any other the code is refused. `fingerprint` is equal
    for two authorizations of one card. `status` is active, removed or refused.
    """

    __tablename__ = "saved_card"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    attempt_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    gateway: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(4))
    code_encrypted: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(254))
    fingerprint: Mapped[str] = mapped_column(String(64))
    brand: Mapped[str] = mapped_column(String(40), default="")
    last4: Mapped[str] = mapped_column(String(4), default="")
    exp_month: Mapped[int | None] = mapped_column(Integer)
    exp_year: Mapped[int | None] = mapped_column(Integer)
    consent: Mapped[str] = mapped_column(Text)
    consented_at: Mapped[datetime] = mapped_column(Instant)
    consent_ip: Mapped[str] = mapped_column(String(45), default="")
    status: Mapped[str] = mapped_column(String(8), default="active")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("attempt_id", "attempt"),
        Index("uq_saved_card_attempt", "business_id", "attempt_id", unique=True),
        Index(
            "uq_saved_card_active",
            "business_id",
            "client_id",
            "gateway",
            "mode",
            "fingerprint",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )
