"""Billing runs: what is going to be billed, who said so, and what became of it; and how a business wants it done."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class BillingPolicy(Tenant, db.Model):
    """How a business wants to be billed for; without a row the defaults hold.

    A plan may be looked at for `review_days`; then it approves itself (`approve_alone`), else somebody does. Messages
    wait `hold_hours` after posting. `missed` says what becomes of periods whose day is over when a later one is due:
    "all" are billed, the "latest" alone, or nobody is until somebody is asked ("ask").
    """

    __tablename__ = "billing_policy"
    review_days: Mapped[int] = mapped_column(Integer, default=0)
    approve_alone: Mapped[bool] = mapped_column(Boolean, default=True)
    hold_hours: Mapped[int] = mapped_column(Integer, default=0)
    missed: Mapped[str] = mapped_column(String(8), default="all")
    bill_suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        CheckConstraint("review_days BETWEEN 0 AND 30", name="review"),
        CheckConstraint("hold_hours BETWEEN 0 AND 72", name="hold"),
        Index("uq_billing_policy", "business_id", unique=True),
    )
    __mapper_args__ = {"version_id_col": version}


class BillingRun(Tenant, db.Model):
    """Everything that is due by `as_of`, billed together.

    `state` is one of `rules.runs.STATES`. `policy` is what held when it was planned. `place` is how far a long step
    has come (the id of the last client it did) and `rounds` how often it was taken up. `totals` holds what its entries
    come to by currency, as `queries.run_sums.totals_of` adds them up; `entries`, `odd`, `failed` and `done` count them.
    Messages begin to leave at `send_at`, None when none are to; `needs_person` keeps a run from approving itself.
    """

    __tablename__ = "billing_run"
    as_of: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="planning")
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    place: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    rounds: Mapped[int] = mapped_column(Integer, default=0)
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    odd: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    needs_person: Mapped[bool] = mapped_column(Boolean, default=False)
    sends: Mapped[bool] = mapped_column(Boolean, default=True)
    planned_at: Mapped[datetime | None] = mapped_column(Instant)
    review_until: Mapped[datetime | None] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    send_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    reversed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("ix_billing_run_state", "business_id", "state", "id"),)
    __mapper_args__ = {"version_id_col": version}


class RunEntry(Tenant, db.Model):
    """A period of a subscription in a run, or (`kind` "gone") one that was billed the last time and is not now.

    Amounts are minor units, tax included: `now_minor` is what it comes to, `before_minor` what the last billed period
    came to, None when there was none. `odd` says what is odd about it (`rules.runs.ODD`), `words` in a sentence.
    `does` is what approving does with it: bill, skip (claim it without billing) or leave (to the next run); `by_itself`
    the same before somebody decided (`decision`). Entries with the same `sheet` would be on one invoice.
    """

    __tablename__ = "run_entry"
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    bill_on: Mapped[date] = mapped_column(Date)
    sheet: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(8))
    now_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    before_minor: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(String(200), default="")
    odd: Mapped[str] = mapped_column(String(12), default="")
    words: Mapped[str] = mapped_column(String(300), default="")
    by_itself: Mapped[str] = mapped_column(String(5), default="bill")
    does: Mapped[str] = mapped_column(String(5), default="bill")
    decision: Mapped[str] = mapped_column(String(10), default="")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    problem: Mapped[str] = mapped_column(String(300), default="")
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    __table_args__ = (
        tenant_key("run_id", "billing_run"),
        tenant_key("subscription_id", "subscription"),
        tenant_key("client_id", "client"),
        tenant_key("invoice_id", "invoice"),
        Index("ix_run_entry_kind", "business_id", "run_id", "kind", "id"),
        Index("ix_run_entry_state", "business_id", "run_id", "state", "client_id"),
        Index(
            "ix_run_entry_odd",
            "business_id",
            "run_id",
            "id",
            sqlite_where=text("odd <> ''"),
            postgresql_where=text("odd <> ''"),
        ),
        Index(
            "ix_run_entry_left",
            "business_id",
            "client_id",
            sqlite_where=text("state = 'left_out'"),
            postgresql_where=text("state = 'left_out'"),
        ),
        Index("ix_run_entry_invoice", "business_id", "invoice_id"),
        # A period waits in one run at a time.
        Index(
            "uq_run_entry_planned",
            "business_id",
            "subscription_id",
            "period_start",
            unique=True,
            sqlite_where=text("state = 'planned' AND kind <> 'gone'"),
            postgresql_where=text("state = 'planned' AND kind <> 'gone'"),
        ),
        Index("ix_run_entry_period", "business_id", "subscription_id", "period_start"),
    )


class ParkedClient(Tenant, db.Model):
    """A client whom nothing recurring is billed to until somebody lets go, since more came together than can be meant.

    `counted_from` is the day from which on bills are counted after letting go.
    """

    __tablename__ = "parked_client"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(Instant)
    let_go_at: Mapped[datetime | None] = mapped_column(Instant)
    let_go_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    counted_from: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("subscription_id", "subscription"),
        Index("ix_parked_client_subscription", "business_id", "subscription_id"),
        Index(
            "uq_parked_client",
            "business_id",
            "client_id",
            unique=True,
            sqlite_where=text("let_go_at IS NULL"),
            postgresql_where=text("let_go_at IS NULL"),
        ),
    )
