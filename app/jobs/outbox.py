"""Adding work, finding what is due and taking it, one row at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import case, literal, select, update

from app import clock
from app.database import in_transaction, insert_once, new_id, transactional
from app.extensions import db
from app.jobs.models import Job, SystemJob

LEASE = timedelta(seconds=90)
MAX_CRASHES = 3
Table = type[Job] | type[SystemJob]


@dataclass(frozen=True, slots=True)
class Context:
    """What a task is given: whose work it is, its arguments, the time, and whether this is the last try."""

    business_id: uuid.UUID | None
    args: Mapping[str, Any]
    now: datetime
    job_id: uuid.UUID
    last: bool = False

    @property
    def business(self) -> uuid.UUID:
        """The business of a tenant job. Raises RuntimeError for work of the installation."""
        if self.business_id is None:
            raise RuntimeError("this job belongs to no business")
        return self.business_id


@dataclass(frozen=True, slots=True)
class VendorTask:
    """Work that calls somebody else's computer, in three steps: no transaction is open during the call.

    `prepare(context)` reads and notes (committed) and returns what the call needs, or None when nothing is left to do.
    `call(prepared)` talks to the vendor; an exception with `permanent=True` is not tried again.
    `record(context, prepared, outcome)` stores the answer in the transaction that marks the job done.
    `failed(context, prepared, error, final)` stores why a try failed; `final` says that no other will follow.
    """

    prepare: Callable[[Context], Any]
    call: Callable[[Any], Any]
    record: Callable[[Context, Any, Any], None]
    failed: Callable[[Context, Any, Exception, bool], None] | None = None


Task = Callable[[Context], None] | VendorTask


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that is ours to run as long as `attempts` stands in its row."""

    table: Table
    id: uuid.UUID
    business_id: uuid.UUID | None
    task: str
    args: dict[str, Any]
    attempts: int
    failures: int


def register(tasks: Mapping[str, Task]) -> None:
    """Make a room's tasks known to the current application by name. Raises ValueError for a name taken twice."""
    known: dict[str, Task] = current_app.extensions.setdefault("duely_tasks", {})
    for name, task in tasks.items():
        if known.setdefault(name, task) is not task:
            raise ValueError(f"the task {name} is registered twice")


def enqueue(
    task: str,
    key: str,
    args: Mapping[str, Any] | None = None,
    *,
    business_id: uuid.UUID | None,
    due_at: datetime | None = None,
) -> bool:
    """Add work in the open transaction; the same key adds it once. Returns whether it was new.

    Raises KeyError for an unknown task and RuntimeError outside a transaction.
    """
    if task not in current_app.extensions["duely_tasks"]:
        raise KeyError(task)
    if not in_transaction():
        raise RuntimeError("work is added in the transaction of its cause")
    table: Table = SystemJob if business_id is None else Job
    now = clock.now()
    values: dict[str, Any] = {"id": new_id(), "key": key, "task": task, "args": dict(args or {}), "created_at": now}
    values |= {"state": "ready", "rings": 0, "attempts": 0, "crashes": 0, "failures": 0, "error": ""}
    values["due_at"] = due_at or now
    if business_id is not None:
        values["business_id"] = business_id
    added = insert_once(table, **values)
    db.session.info["bell"] = db.session.info.get("bell", False) or added
    return added


def anything_due(now: datetime) -> bool:
    """Whether there is work, by a read alone: an idle runner must not take the write lock three times a second."""
    for table in (Job, SystemJob):
        due = select(table.id).where(table.state.in_(("ready", "rung", "running")), table.due_at <= now).limit(1)
        if db.session.scalar(due) is not None:
            return True
    db.session.remove()
    return False


@transactional
def take(now: datetime) -> Taken | None:
    """Take the job that is due longest, if any. A lease that ran out counts as a crash; three crashes park the job."""
    for table in (Job, SystemJob):
        taken = _take_from(table, now)
        if taken:
            return taken
    return None


def _take_from(table: Table, now: datetime) -> Taken | None:
    due = table.state.in_(("ready", "rung", "running")) & (table.due_at <= now)
    chosen = select(table.id).where(due).order_by(table.due_at, table.id).limit(1).with_for_update(skip_locked=True)
    row = db.session.execute(_start(table, now).where(table.id.in_(chosen)).returning(*_columns(table))).first()
    return _taken(table, row)


@transactional
def take_rung(table: Table, job_id: uuid.UUID, now: datetime) -> Taken | None:
    """Take the job a worker was rung for, unless somebody else has it or it is finished."""
    free = table.state.in_(("ready", "rung")) | ((table.state == "running") & (table.due_at <= now))
    statement = _start(table, now).where(table.id == job_id, free).returning(*_columns(table))
    return _taken(table, db.session.execute(statement).first())


def counted(table: Table, state: str) -> dict[str, Any]:
    """Values that move a due row on to `state`: a lease that ran out counts as a crash, the third one parks."""
    crashed = table.crashes + case((table.state == "running", 1), else_=0)
    given_up = crashed >= MAX_CRASHES
    return {
        "state": case((given_up, literal("parked")), else_=literal(state)),
        "crashes": crashed,
        "error": case((given_up, literal("The worker died three times while running this.")), else_=table.error),
    }


def _start(table: Table, now: datetime) -> Any:
    return update(table).values(**counted(table, "running"), attempts=table.attempts + 1, due_at=now + LEASE)


def _columns(table: Table) -> list[Any]:
    owner = table.business_id if table is Job else literal(None)  # type: ignore[union-attr]
    return [table.id, owner.label("owner"), table.task, table.args, table.attempts, table.failures, table.state]


def _taken(table: Table, row: Any) -> Taken | None:
    if row is None or row.state == "parked":
        return None
    return Taken(table, row.id, row.owner, row.task, row.args, row.attempts, row.failures)


def run_due(limit: int = 100) -> int:
    """Run what is due now, oldest first, at most `limit` jobs. Returns how many ran."""
    from app.jobs.perform import run

    count = 0
    while count < limit and anything_due(clock.now()):
        taken = take(clock.now())
        db.session.remove()
        if taken is None:
            break
        run(taken)
        count += 1
    return count


def run_all(rounds: int = 20) -> int:
    """Drain the outbox, follow-up work included (for commands and tests)."""
    total = 0
    for _ in range(rounds):
        ran = run_due()
        total += ran
        if not ran:
            break
    return total
