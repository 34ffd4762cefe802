"""Long queues, put into the table at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert

from app import clock
from app.auth.models import Business
from app.database import new_id, writing
from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import new_row


def businesses(many: int, **values: object) -> list[uuid.UUID]:
    """Ids of so many new businesses, which have nothing but their name."""
    now = clock.now()
    made = [
        Business(id=new_id(), name=f"Business {n}", gateway_key=uuid.uuid4().hex[:20], created_at=now, **values)
        for n in range(many)
    ]
    with writing():
        db.session.add_all(made)
    return [one.id for one in made]


def queue_up(
    business_id: uuid.UUID | None, many: int, task: str = "chores.sweep", due: Sequence[datetime] = (), key: str = ""
) -> None:
    """So many jobs of a business, or of the installation, due a second after each other since a day ago."""
    now = clock.now()
    due = due or [now - timedelta(days=1) + timedelta(seconds=n / 10) for n in range(many)]
    key = key or f"{task}:{uuid.uuid4().hex[:8]}"
    rows = [new_row(task, f"{key}:{n}", {}, now, due[n]) for n in range(many)]
    if business_id is not None:
        rows = [row | {"business_id": business_id} for row in rows]
    with writing():
        db.session.execute(insert((SystemJob if business_id is None else Job).__table__), rows)
    db.session.remove()


def one_in_state(business_id: uuid.UUID, state: str, task: str = "messages.deliver", **values: object) -> uuid.UUID:
    """A job of a business as it may stand in the table."""
    row = new_row(task, f"{state}:{uuid.uuid4().hex}", {"message_id": str(new_id())}, clock.now(), None)
    row |= {"business_id": business_id, "state": state, **values}
    with writing():
        db.session.execute(insert(Job.__table__), row)
    db.session.remove()
    return row["id"]


def given_up(business_id: uuid.UUID, **values: object) -> uuid.UUID:
    """A job that was tried ten times."""
    why = {"failures": 10, "error": "SmtpDown: 421 4.3.2", "reason": "The mail server does not answer."}
    return one_in_state(business_id, "parked", **{**why, **values})
