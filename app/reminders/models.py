"""The reminder ladder: its steps, what became of each for each invoice, what holds it up, and days off."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Uuid, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Scaled, Tenant, tenant_key
from app.extensions import db


class LadderStep(Tenant, db.Model):
    """One rung: what is done how many days after the due date (before it when negative).

    Without `client_id` and `plan_id` it is the business's ladder; a client or plan with rungs of its own has only
    those, and the client's come before the plan's. `kind` is one of `rules.KINDS`. For "remind", `wording` is the kind
    of message, and an empty `channel` means the client's own order; for every other kind both are the kind itself. A
    rung counts for days from `since` on and is ended, never deleted: reminders point to it.

    With a `currency` it is only for invoices in that, on which at least `owed_minor` is owed. A late fee is
    `fee_percent` of what is owed, from `fee_least_minor` to `fee_most_minor`, or `fee_minor`; `fee_taxed`: with the
    default taxes.
    """

    __tablename__ = "ladder_step"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(12), default="remind")
    days: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(12), default="")
    wording: Mapped[str] = mapped_column(String(24))
    plan_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3), default="", server_default="")
    owed_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    fee_percent: Mapped[Decimal | None] = mapped_column(Scaled)
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_least_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_most_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_taxed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    since: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("plan_id", "plan"),
        CheckConstraint("days BETWEEN -90 AND 365", name="days"),
        CheckConstraint("client_id IS NULL OR plan_id IS NULL", name="about"),
        Index("ix_ladder_step", "business_id", "client_id", "days"),
        Index("ix_ladder_step_plan", "business_id", "plan_id", "days"),
    )


class Reminder(Tenant, db.Model):
    """What became of one rung for one invoice: the key makes each step once, however often the sweep runs.

    `channel` is the rung's own, or "warning" for the warning that a cut needs. `outcome`: queued (its message is
    `message_id`), done (what is no message), skipped, postponed (until `not_before`), overtaken (a later rung
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
        Index(
            "ix_reminder_postponed",
            "business_id",
            "not_before",
            sqlite_where=text("outcome = 'postponed'"),
            postgresql_where=text("outcome = 'postponed'"),
        ),
    )


class Hold(Tenant, db.Model):
    """The ladder of a client, or of an invoice, waits to the end of a day. `ended_at` lets go early.

    `kind` is "hold", or "promise": then `amount_minor` is to be there by that day, as `promised_by` ("staff", who noted
    it, or "client") said; `outcome` is "kept" or "broken" once the day showed it, as the sweep of `judged_at` found.
    """

    __tablename__ = "hold"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(12), default="hold")
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(300), default="")
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="", server_default="")
    promised_by: Mapped[str] = mapped_column(String(8), default="", server_default="")
    outcome: Mapped[str] = mapped_column(String(8), default="", server_default="")
    judged_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("(client_id IS NULL) <> (invoice_id IS NULL)", name="about"),
        Index(
            "ix_hold_open_promise",
            "business_id",
            "until",
            sqlite_where=text("kind = 'promise' AND outcome = '' AND ended_at IS NULL"),
            postgresql_where=text("kind = 'promise' AND outcome = '' AND ended_at IS NULL"),
        ),
        Index("ix_hold_client", "business_id", "client_id", "until"),
        Index("ix_hold_invoice", "business_id", "invoice_id", "until"),
    )


class Holiday(Tenant, db.Model):
    """A day on which no reminder goes out."""

    __tablename__ = "holiday"
    on_day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(80), default="")
    __table_args__ = (Index("uq_holiday", "business_id", "on_day", unique=True),)
