"""Rows of deferred work. `due_at` is when to run and, once rung or running, when the lease ends."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, new_id
from app.extensions import db

WAITING = text("state IN ('ready', 'rung', 'running')")


class JobColumns:
    """What a job of a business and a job of the installation have in common."""

    key: Mapped[str] = mapped_column(String(200))
    task: Mapped[str] = mapped_column(String(60))
    args: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(8), default="ready")
    rings: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Job(Tenant, JobColumns, db.Model):
    """Deferred work of one business. States: ready, rung, running, done, parked."""

    __tablename__ = "job"
    __table_args__ = (
        Index("uq_job_key", "business_id", "key", unique=True),
        Index("ix_job_due", "state", "due_at"),
        # Few jobs wait, however many are done: a business's are found here.
        Index("ix_job_waiting", "business_id", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )


class SystemJob(JobColumns, db.Model):
    """Deferred work of the installation: mail to a person, cleaning, the clock."""

    __tablename__ = "system_job"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    __table_args__ = (Index("uq_system_job_key", "key", unique=True), Index("ix_system_job_due", "state", "due_at"))
