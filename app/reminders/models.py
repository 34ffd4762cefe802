"""The reminder ladder: its steps, what became of each for each invoice, what holds it up, and days off."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class LadderStep(Tenant, db.Model):
    """One rung: what is sent how many days after the due date (before it when negative).

    Without `client_id` it is the business's ladder; a client with rungs of their own has only those. `channel` empty
    means the client's own order. A rung counts for days from `since` on and is ended, never deleted: reminders point
    to it. `kind` is "remind"; `wording` the kind of message.
    """

    __tablename__ = "ladder_step"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(12), default="remind")
    days: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(12), default="")
    wording: Mapped[str] = mapped_column(String(24))
    since: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("client_id", "client"),
        CheckConstraint("days BETWEEN -90 AND 365", name="days"),
        Index("ix_ladder_step", "business_id", "client_id", "days"),
    )


class Reminder(Tenant, db.Model):
    """What became of one rung for one invoice: the key makes each step once, however often the sweep runs.

    `outcome`: queued (its message is `message_id`), skipped, postponed (until `not_before`), overtaken (a later rung
    was due, too), missed (found too late), unreachable (no channel would take it). `on_day` is the day it was meant
    for; `created_by` the person who decided, None for the sweep.
    """

    __tablename__ = "reminder"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    step_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    channel: Mapped[str] = mapped_column(String(12), default="")
    outcome: Mapped[str] = mapped_column(String(12))
    on_day: Mapped[date] = mapped_column(Date)
    not_before: Mapped[date | None] = mapped_column(Date)
    message_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        tenant_key("step_id", "ladder_step"),
        Index("uq_reminder", "business_id", "invoice_id", "step_id", "channel", unique=True),
    )


class Hold(Tenant, db.Model):
    """Reminders of a client, or of an invoice, wait to the end of a day. `kind` is "hold"; `ended_at` lets go early."""

    __tablename__ = "hold"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(12), default="hold")
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("(client_id IS NULL) <> (invoice_id IS NULL)", name="about"),
        Index("ix_hold_client", "business_id", "client_id", "until"),
        Index("ix_hold_invoice", "business_id", "invoice_id", "until"),
    )


class Holiday(Tenant, db.Model):
    """A day on which no reminder goes out."""

    __tablename__ = "holiday"
    on_day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(80), default="")
    __table_args__ = (Index("uq_holiday", "business_id", "on_day", unique=True),)
