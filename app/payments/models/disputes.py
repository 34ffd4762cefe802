"""What customers object to at their banks."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class Dispute(Tenant, db.Model):
    """A customer's objection to a payment at their bank, as the payment company told it last.

    `due_on` is the last day to answer, in the business's time zone. A lost one is booked once, as the refund
    `refund_id`; `problem` says why that could not be done yet, or not whole. `looks` counts how often the company was
    asked about it.
    """

    __tablename__ = "dispute"
    payment_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    refund_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    gateway: Mapped[str] = mapped_column(String(16))
    provider_id: Mapped[str] = mapped_column(String(100))
    reference: Mapped[str] = mapped_column(String(200), default="")
    currency: Mapped[str] = mapped_column(String(8), default="")
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    category: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(16))
    resolution: Mapped[str] = mapped_column(String(24), default="")
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    due_on: Mapped[date | None] = mapped_column(Date)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    problem: Mapped[str] = mapped_column(String(300), default="")
    looks: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("payment_id", "payment"),
        tenant_key("refund_id", "refund"),
        Index("uq_dispute_provider", "business_id", "gateway", "provider_id", unique=True),
        Index("ix_dispute_payment", "business_id", "payment_id"),
        Index("ix_dispute_refund", "business_id", "refund_id"),
        Index("ix_dispute_state", "business_id", "state", "due_on", "id"),
    )
