"""What is offered: plans and add-ons, their prices by date and currency, and their taxes."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import FoldedName, Instant, Scaled, Tenant, tenant_key
from app.extensions import db
from app.folding import fold_all, sort_key


def _name(new: Any) -> str:
    return str(new.get_current_parameters()["name"])


class Plan(Tenant, db.Model):
    """Something that is sold again and again, or (`kind` "addon") what comes on top of it.

    `cycle_unit` and `cycle_count` say how long a period is. `anchor_day` is the day periods begin on (1 to 31, where
    31 is the last of every month; for weeks 1 is Monday), None the day each subscription began; `anchor_month` the
    month that cycles of several months begin in. `ahead`: billed on the first day of a period, else on the day after
    its last. `stub` is one of `rules.periods.STUBS`. Speeds are in kbit/s, the quota in MB; None is without a limit.

    An archived plan is not offered any more; who has it keeps it.
    """

    __tablename__ = "plan"
    kind: Mapped[str] = mapped_column(String(8), default="plan")
    name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(40), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    cycle_unit: Mapped[str] = mapped_column(String(8), default="month")
    cycle_count: Mapped[int] = mapped_column(Integer, default=1)
    anchor_day: Mapped[int | None] = mapped_column(Integer)
    anchor_month: Mapped[int | None] = mapped_column(Integer)
    ahead: Mapped[bool] = mapped_column(Boolean, default=True)
    stub: Mapped[str] = mapped_column(String(8), default="now")
    trial_days: Mapped[int] = mapped_column(Integer, default=0)
    download_kbps: Mapped[int | None] = mapped_column(BigInteger)
    upload_kbps: Mapped[int | None] = mapped_column(BigInteger)
    quota_mb: Mapped[int | None] = mapped_column(BigInteger)
    featured: Mapped[bool] = mapped_column(Boolean, default=False)
    sort_name: Mapped[str] = mapped_column(FoldedName, default=lambda new: sort_key(_name(new)))
    search: Mapped[str] = mapped_column(Text, default=lambda new: fold_all(_name(new)))
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        CheckConstraint("cycle_count >= 1", name="cycle_count"),
        CheckConstraint("trial_days >= 0", name="trial_days"),
        Index("ix_plan_name", "business_id", "sort_name", "id"),
    )
    __mapper_args__ = {"version_id_col": version}


class PlanPrice(Tenant, db.Model):
    """What a plan costs from `since` on, in major units of its currency: `price` a period, `setup_price` once.

    `for_all`: subscriptions that go by the plan's price pay it from their next period on; else only new ones do.
    """

    __tablename__ = "plan_price"
    plan_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3))
    since: Mapped[date] = mapped_column(Date)
    price: Mapped[Decimal] = mapped_column(Scaled)
    setup_price: Mapped[Decimal] = mapped_column(Scaled, default=Decimal(0))
    for_all: Mapped[bool] = mapped_column(Boolean, default=True)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("plan_id", "plan"),
        CheckConstraint("price >= 0 AND setup_price >= 0", name="not_negative"),
        Index("uq_plan_price", "business_id", "plan_id", "currency", "since", unique=True),
    )


class PriceNotice(Tenant, db.Model):
    """A client was told of a price of a plan, once; without `message_id` there was no way to tell them.

    `since` and `price` are those of the change: another price for the same day is another change.
    """

    __tablename__ = "price_notice"
    plan_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3))
    since: Mapped[date] = mapped_column(Date)
    price: Mapped[Decimal] = mapped_column(Scaled)
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    message_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("plan_id", "plan"),
        tenant_key("client_id", "client"),
        tenant_key("message_id", "message"),
        Index("uq_price_notice", "business_id", "plan_id", "currency", "since", "price", "client_id", unique=True),
        Index("ix_price_notice_client", "business_id", "client_id"),
        Index("ix_price_notice_message", "business_id", "message_id"),
    )


class PlanTax(Tenant, db.Model):
    """A tax on a plan, in order."""

    __tablename__ = "plan_tax"
    plan_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    tax_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (
        tenant_key("plan_id", "plan"),
        tenant_key("tax_id", "tax"),
        Index("uq_plan_tax", "business_id", "plan_id", "tax_id", unique=True),
    )
