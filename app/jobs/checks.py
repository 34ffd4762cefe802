"""What must hold in the outbox, as `flask audit` asks: nothing that was due is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import Table

FORGOTTEN_AFTER = timedelta(hours=1)


def nothing_is_forgotten(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No work of the business has been due for over an hour; what was parked waits for a person."""
    yield from _sentences(_late(Job, now).where(Job.business_id == business_id))


def nothing_of_the_installation_is_forgotten(now: datetime) -> Iterator[str]:
    """The same for work that belongs to no business: mail to persons, the clock."""
    yield from _sentences(_late(SystemJob, now))


def _late(table: Table, now: datetime) -> Select[Any]:
    query = select(table.id, table.task, table.due_at).where(table.state.in_(("ready", "rung", "running")))
    return query.where(table.due_at < now - FORGOTTEN_AFTER).order_by(table.due_at)


def _sentences(query: Select[Any]) -> Iterator[str]:
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield f"The job {row.task} ({row.id}) has been due since {row.due_at:%Y-%m-%d %H:%M} UTC and did not run."


CHECKS = (nothing_is_forgotten,)
INSTALLATION_CHECKS = (nothing_of_the_installation_is_forgotten,)
