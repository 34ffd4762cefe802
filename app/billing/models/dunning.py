"""What is done where money does not come: the policy, the batches of a day, what was cut, and late fees."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class DunningPolicy(Tenant, db.Model):
    """What has to hold before a service is cut. Without `client_id` and `plan_id` it is the business's.

    A client's own counts before that of the plan, and that before the business's; each says everything. `grace_days`
    pass after the due date in any case. `quiet_days` are the weekdays ("1" is Monday) on which nothing is cut, beside
    holidays. `spared_tags` are tags of clients who are never cut, `least_owed` is {currency: minor units} of which less
    is let pass. `warning_days` lie between a warning that was accepted and the cut.

    More than `breaker_percent` of the active services, and more than `breaker_count`, are never cut in one day without
    a person who approves it; these two, and what customers may promise, are read of the business's policy alone. A
    customer may promise at most `promise_days` ahead, `promises_open` at once, `promises_a_year`, and at least
    `promise_percent` of what is owed; no days: they may not.
    """

    __tablename__ = "dunning_policy"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    plan_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    enabled: Mapped[bool] = mapped_column(Boolean, default=False)
    grace_days: Mapped[int] = mapped_column(Integer, default=0)
    quiet_days: Mapped[str] = mapped_column(String(7), default="567")
    spared_tags: Mapped[list[Any]] = mapped_column(JSON, default=list)
    least_owed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    warning_days: Mapped[int] = mapped_column(Integer, default=3)
    breaker_percent: Mapped[int] = mapped_column(Integer, default=10)
    breaker_count: Mapped[int] = mapped_column(Integer, default=3)
    promise_days: Mapped[int] = mapped_column(Integer, default=14)
    promises_open: Mapped[int] = mapped_column(Integer, default=1)
    promises_a_year: Mapped[int] = mapped_column(Integer, default=4)
    promise_percent: Mapped[int] = mapped_column(Integer, default=100)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("plan_id", "plan"),
        CheckConstraint("client_id IS NULL OR plan_id IS NULL", name="about"),
        CheckConstraint("grace_days >= 0 AND warning_days >= 0", name="days"),
        CheckConstraint("breaker_percent BETWEEN 1 AND 100 AND breaker_count >= 0", name="breaker"),
        Index(
            "uq_dunning_policy_business",
            "business_id",
            unique=True,
            **_where("client_id IS NULL AND plan_id IS NULL"),
        ),
        Index("uq_dunning_policy_client", "business_id", "client_id", unique=True, **_where("client_id IS NOT NULL")),
        Index("uq_dunning_policy_plan", "business_id", "plan_id", unique=True, **_where("plan_id IS NOT NULL")),
    )
    __mapper_args__ = {"version_id_col": version}


class DunningBatch(Tenant, db.Model):
    """All services that are to be cut on a day, so that they can be looked at, stopped and restored as one.

    `state`: gathering (the sweep is not through), held (a person must approve it, `reason` says why), running, done,
    restored, or lapsed (another day came before anybody approved it). `active_count` is how many services were active
    when it was closed.
    """

    __tablename__ = "dunning_batch"
    on_day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default="gathering")
    reason: Mapped[str] = mapped_column(String(300), default="")
    active_count: Mapped[int] = mapped_column(Integer, default=0)
    approved_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("uq_dunning_batch", "business_id", "on_day", unique=True),)


class DunningCut(Tenant, db.Model):
    """One service of a batch: what is done to it, for which invoice and step, and what became of it.

    `kind` is throttle, suspend or cancel; `days` how long the invoice was overdue. `state`: planned, done, left (it was
    not needed or not allowed any more, `reason` says why), restored.
    """

    __tablename__ = "dunning_cut"
    batch_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    step_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(12))
    days: Mapped[int] = mapped_column(Integer)
    owed_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(12), default="planned")
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("batch_id", "dunning_batch"),
        tenant_key("subscription_id", "subscription"),
        tenant_key("client_id", "client"),
        tenant_key("invoice_id", "invoice"),
        tenant_key("step_id", "ladder_step"),
        Index("uq_dunning_cut", "business_id", "batch_id", "subscription_id", unique=True),
        Index("ix_dunning_cut_subscription", "business_id", "subscription_id", "id"),
        Index("ix_dunning_cut_invoice", "business_id", "invoice_id", "id"),
    )


class LateFee(Tenant, db.Model):
    """That an invoice had a late fee by one step of the ladder: the fee is an invoice of its own."""

    __tablename__ = "late_fee"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    step_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    fee_invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        tenant_key("step_id", "ladder_step"),
        tenant_key("fee_invoice_id", "invoice"),
        Index("uq_late_fee", "business_id", "invoice_id", "step_id", unique=True),
        Index("uq_late_fee_invoice", "business_id", "fee_invoice_id", unique=True),
    )
