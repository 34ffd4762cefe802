"""What must hold in the outbox, as `flask audit` asks: nothing that was due is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import Table
from app.statements import BUSINESS, built

FORGOTTEN_AFTER = timedelta(hours=1)


def _late(table: Table) -> Select[Any]:
    query = select(table.id, table.task, table.due_at, table.created_at)
    waits = table.state.in_(("ready", "rung", "running"))
    # What goes ahead has stood in the line for no longer than it has been there.
    late = query.where(waits, table.due_at < bindparam("before"), table.created_at < bindparam("before"))
    return late.order_by(table.due_at)


_OF_A_BUSINESS = built(_late(Job).where(Job.business_id == BUSINESS))
_OF_THE_INSTALLATION = built(_late(SystemJob))


def nothing_is_forgotten(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No work of the business has been due for over an hour; what was parked waits for a person."""
    yield from _sentences(_OF_A_BUSINESS, now, business_id=business_id)


def nothing_of_the_installation_is_forgotten(now: datetime) -> Iterator[str]:
    """The same for work that belongs to no business: mail to persons, the clock."""
    yield from _sentences(_OF_THE_INSTALLATION, now)


def _sentences(statement: Select[Any], now: datetime, **whose: uuid.UUID) -> Iterator[str]:
    asked = {"before": now - FORGOTTEN_AFTER, **whose}
    for row in db.session.execute(statement, asked, execution_options={"yield_per": 500}):
        since = max(row.due_at, row.created_at)
        yield f"The job {row.task} ({row.id}) has been due since {since:%Y-%m-%d %H:%M} UTC and did not run."


CHECKS = (nothing_is_forgotten,)
INSTALLATION_CHECKS = (nothing_of_the_installation_is_forgotten,)
