"""What was changed about running subscriptions, and which days stand on which lines as far as that had to be known."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class SubscriptionChange(Tenant, db.Model):
    """A change of what is paid for, from `since` on; `words` say it. One whose day has not come can be called off.

    `invoice_id` is the invoice that its days were billed on at once.
    """

    __tablename__ = "subscription_change"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    since: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(300))
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    called_off_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("invoice_id", "invoice"),
        Index("ix_subscription_change", "business_id", "subscription_id", "since"),
        Index("ix_subscription_change_invoice", "business_id", "invoice_id"),
    )


class SubscriptionChangeItem(Tenant, db.Model):
    """A thing that a change made begin, or end."""

    __tablename__ = "subscription_change_item"
    change_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    item_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    begins: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("change_id", "subscription_change"),
        tenant_key("item_id", "subscription_item"),
        Index("uq_subscription_change_item", "business_id", "change_id", "item_id", unique=True),
        Index("ix_subscription_change_item", "business_id", "item_id"),
    )


class SubscriptionTurn(Tenant, db.Model):
    """Another rhythm, from a day on: periods are counted from `anchor_on` and wish for `anchor_day`."""

    __tablename__ = "subscription_turn"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    change_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    since: Mapped[date] = mapped_column(Date)
    cycle_unit: Mapped[str] = mapped_column(String(8))
    cycle_count: Mapped[int] = mapped_column(Integer)
    anchor_on: Mapped[date] = mapped_column(Date)
    anchor_day: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("change_id", "subscription_change"),
        Index("uq_subscription_turn", "business_id", "subscription_id", "since", unique=True),
        Index("ix_subscription_turn_change", "business_id", "change_id"),
    )


class BilledDays(Tenant, db.Model):
    """Days of one thing, from `since` up to and without `until`, that stand on a line of an invoice.

    Written when a change first has to know: for all lines of a billed period (`claim_id`), and for what was billed by
    itself, which has none. Days that wait for the next invoice have no line yet: `by_item_id` is what bills them, once.
    From `credited_from` on they were given back.
    """

    __tablename__ = "billed_days"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    item_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    claim_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    credited_from: Mapped[date | None] = mapped_column(Date)
    by_item_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("item_id", "subscription_item"),
        tenant_key("by_item_id", "subscription_item"),
        tenant_key("claim_id", "billed_period"),
        tenant_key("invoice_id", "invoice"),
        tenant_key("line_id", "invoice_line"),
        CheckConstraint("until > since", name="days"),
        CheckConstraint("(line_id IS NULL) = (invoice_id IS NULL)", name="line"),
        CheckConstraint("line_id IS NOT NULL OR by_item_id IS NOT NULL", name="place"),
        Index("uq_billed_days", "business_id", "line_id", unique=True),
        Index("ix_billed_days_subscription", "business_id", "subscription_id", "since"),
        Index("ix_billed_days_item", "business_id", "item_id"),
        Index("ix_billed_days_by_item", "business_id", "by_item_id"),
        Index("ix_billed_days_invoice", "business_id", "invoice_id"),
        Index("ix_billed_days_claim", "business_id", "claim_id"),
    )
