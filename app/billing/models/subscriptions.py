"""What a client has agreed to pay again and again, and which periods of it were billed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Scaled, Tenant, tenant_key
from app.extensions import db


class Subscription(Tenant, db.Model):
    """An agreement with a client. Its state follows from its facts: `rules.states`.

    Periods are counted from `anchor_on` and wish for `anchor_day` (`rules.calendar.Rhythm`); they are the
    subscription's own, so that a plan may change without moving anybody's days. Service begins on `starts_on`, paying
    on `trial_until` where there is a trial; Duely bills it from `billed_from` on, which is later for what began before
    it came here. It is over from `ends_on` on, as was agreed, or from `cancelled_on` on, as somebody decided at
    `cancelled_at`. `apart`: never on one invoice with the client's others.

    `next_bill_on` is the day its next unbilled period is billed on, None when there is none. It is derived: `flask
    audit` computes it anew.
    """

    __tablename__ = "subscription"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    cycle_unit: Mapped[str] = mapped_column(String(8), default="month")
    cycle_count: Mapped[int] = mapped_column(Integer, default=1)
    anchor_on: Mapped[date] = mapped_column(Date)
    anchor_day: Mapped[int] = mapped_column(Integer)
    ahead: Mapped[bool] = mapped_column(Boolean, default=True)
    stub: Mapped[str] = mapped_column(String(8), default="now")
    starts_on: Mapped[date] = mapped_column(Date)
    trial_until: Mapped[date | None] = mapped_column(Date)
    billed_from: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    cancelled_on: Mapped[date | None] = mapped_column(Date)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    suspended_at: Mapped[datetime | None] = mapped_column(Instant)
    terms_days: Mapped[int | None] = mapped_column(Integer)
    po_number: Mapped[str] = mapped_column(String(60), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    prices_include_tax: Mapped[bool] = mapped_column(Boolean, default=False)
    apart: Mapped[bool] = mapped_column(Boolean, default=False)
    next_bill_on: Mapped[date | None] = mapped_column(Date)
    search: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("client_id", "client"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends"),
        CheckConstraint("(cancelled_on IS NULL) = (cancelled_at IS NULL)", name="cancelled"),
        CheckConstraint("trial_until IS NULL OR trial_until >= starts_on", name="trial"),
        Index("ix_subscription_client", "business_id", "client_id", "id"),
        Index(
            "ix_subscription_due",
            "business_id",
            "next_bill_on",
            "id",
            sqlite_where=text("next_bill_on IS NOT NULL"),
            postgresql_where=text("next_bill_on IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class SubscriptionItem(Tenant, db.Model):
    """One thing that is paid for from `since` up to and without `until`; a change ends one row and begins another.

    With `plan_id` the price is the plan's unless `price` (major units, for one) says another. `once`: billed a single
    time, with the first invoice on or after `since`; `billed_in` is then the period it was billed with. The title may
    name the period (`rules.wording`).
    """

    __tablename__ = "subscription_item"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    plan_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    title: Mapped[str] = mapped_column(String(300))
    detail: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(24), default="")
    quantity: Mapped[Decimal] = mapped_column(Scaled)
    price: Mapped[Decimal | None] = mapped_column(Scaled)
    discount_kind: Mapped[str | None] = mapped_column(String(8))
    discount_value: Mapped[Decimal | None] = mapped_column(Scaled)
    once: Mapped[bool] = mapped_column(Boolean, default=False)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    billed_in: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("plan_id", "plan"),
        tenant_key("billed_in", "billed_period"),
        CheckConstraint("plan_id IS NOT NULL OR price IS NOT NULL", name="priced"),
        Index("ix_subscription_item", "business_id", "subscription_id", "position"),
        Index("ix_subscription_item_plan", "business_id", "plan_id", "subscription_id"),
        Index(
            "ix_subscription_item_billed_in",
            "business_id",
            "billed_in",
            sqlite_where=text("billed_in IS NOT NULL"),
            postgresql_where=text("billed_in IS NOT NULL"),
        ),
    )


class SubscriptionItemTax(Tenant, db.Model):
    """A tax on one thing of a subscription, in order."""

    __tablename__ = "subscription_item_tax"
    item_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    tax_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (
        tenant_key("item_id", "subscription_item"),
        tenant_key("tax_id", "tax"),
        Index("uq_subscription_item_tax", "business_id", "item_id", "tax_id", unique=True),
    )


class SubscriptionPause(Tenant, db.Model):
    """Days that are not paid for: from `since` up to and without `until`; open while that is None."""

    __tablename__ = "subscription_pause"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        CheckConstraint("until IS NULL OR until > since", name="days"),
        Index("ix_subscription_pause", "business_id", "subscription_id", "since"),
    )


class BilledPeriod(Tenant, db.Model):
    """The claim on a period, written before anything is made of it: a period that has one is never billed again.

    The period is `period_start` up to and without `period_end`, a part of the whole one that begins on `whole_start`
    and ends before `whole_end`. `state`: billed (on `invoice_id`) or skipped (with its `reason`), in the run
    `run_id` where it was one. `total_minor` is what it came to, tax included. What was reversed keeps its row and frees
    the period.
    """

    __tablename__ = "billed_period"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    whole_start: Mapped[date] = mapped_column(Date)
    whole_end: Mapped[date] = mapped_column(Date)
    bill_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default="billed")
    reason: Mapped[str] = mapped_column(String(200), default="")
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    run_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("period_end > period_start", name="days"),
        Index(
            "uq_billed_period",
            "business_id",
            "subscription_id",
            "period_start",
            unique=True,
            sqlite_where=text("reversed_at IS NULL"),
            postgresql_where=text("reversed_at IS NULL"),
        ),
        Index("ix_billed_period_invoice", "business_id", "invoice_id"),
        Index("ix_billed_period_run", "business_id", "run_id", "id"),
        Index(
            "ix_billed_period_reversed",
            "business_id",
            "subscription_id",
            sqlite_where=text("reversed_at IS NOT NULL"),
            postgresql_where=text("reversed_at IS NOT NULL"),
        ),
    )
