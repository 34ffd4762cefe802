"""Rows of deferred work. `due_at` is when to run and, once rung or running, when the lease ends."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, new_id
from app.extensions import db

# Written out, for a partial index serves only those questions that repeat its condition word for word.
WAITING = text("state IN ('ready', 'rung', 'running')")
GIVEN_UP = text("state = 'parked'")
DAILY = text("for_date IS NOT NULL")


class JobColumns:
    """What a job of a business and a job of the installation have in common.

    `error` is for whoever runs the installation, in our words (those of others stand in the log), `reason` the same for
    people who use it. `first_due_at` is when the job was due before any try. `progress_done` of `progress_total` parts
    are done, where the task counts them.
    """

    key: Mapped[str] = mapped_column(String(200))
    task: Mapped[str] = mapped_column(String(60))
    args: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(8), default="ready")
    rings: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    put_offs: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    progress_done: Mapped[int | None] = mapped_column(Integer)
    progress_total: Mapped[int | None] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)
    first_due_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Job(Tenant, JobColumns, db.Model):
    """Deferred work of one business. States: ready, rung, running, done, parked, dropped (by a person).

    `for_date` is the local date of work that is done once a day.
    """

    __tablename__ = "job"
    for_date: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        Index("uq_job_key", "business_id", "key", unique=True),
        # Whose jobs are due.
        Index("ix_job_due", "state", "due_at", "business_id"),
        # Few jobs wait, however many are done: a business's are found here, the one that is due longest first.
        Index("ix_job_waiting", "business_id", "due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_job_given_up", "business_id", "id", sqlite_where=GIVEN_UP, postgresql_where=GIVEN_UP),
        Index("ix_job_daily", "business_id", "task", "for_date", sqlite_where=DAILY, postgresql_where=DAILY),
    )


BEFORE_IT_RUNS = (WAITING, Job.__table__.c.state != "running")
"""What of the jobs of a business waits, whether it is due or not."""


class SystemJob(JobColumns, db.Model):
    """Deferred work of the installation: mail to a person, cleaning, the clock."""

    __tablename__ = "system_job"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    __table_args__ = (
        Index("uq_system_job_key", "key", unique=True),
        Index("ix_system_job_due", "state", "due_at"),
        Index("ix_system_job_waiting", "due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    )
