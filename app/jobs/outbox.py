"""Adding work, and taking what is due, one row at a time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, literal, literal_column, select, update

from app import clock
from app.bulk import Sheet
from app.database import in_transaction, insert_once, new_id, transactional
from app.extensions import db
from app.jobs.models import WAITING, Job, SystemJob
from app.jobs.tasks import Context, Task, VendorTask, find_task, register
from app.jobs.turns import SYSTEM, Holder, turns

__all__ = ["Context", "Task", "VendorTask", "enqueue", "register", "run_all", "run_due", "take", "take_rung"]

LEASE = timedelta(seconds=90)
AHEAD = timedelta(hours=6)
"""What goes ahead stands in its business's line as if it had waited for so long: before all the usual work, and still
behind what has really waited longer, so that nothing can be kept waiting for ever."""
MAX_CRASHES = 3
DIED = "The worker died three times while running this."
Table = type[Job] | type[SystemJob]


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
    first_due: datetime


def enqueue(
    task: str,
    key: str,
    args: Mapping[str, Any] | None = None,
    *,
    business_id: uuid.UUID | None,
    due_at: datetime | None = None,
    ahead: bool = False,
    progress: tuple[int, int] | None = None,
) -> bool:
    """Add work in the open transaction; the same key adds it once. Returns whether it was new.

    With `ahead` it goes before other work of its business: a payment, and what is to work again because of it, must not
    wait until hundreds of messages are out. Only for what is due at once, and for its first try.
    `progress` is how far a long piece of work has come that is done job by job: (done, of so many).
    Raises KeyError for an unknown task and RuntimeError outside a transaction.
    """
    if find_task(task) is None:
        raise KeyError(task)
    if not in_transaction():
        raise RuntimeError("work is added in the transaction of its cause")
    table: Table = SystemJob if business_id is None else Job
    values = new_row(task, key, args or {}, clock.now(), due_at)
    if business_id is not None:
        values["business_id"] = business_id
    if ahead:
        values["due_at"] -= AHEAD
    if progress is not None:
        values["progress_done"], values["progress_total"] = progress
    added = insert_once(table, **values)
    db.session.info["bell"] = db.session.info.get("bell", False) or added
    return added


def sheet_of(task: str, business_id: uuid.UUID, due_at: datetime | None = None) -> Sheet:
    """A sheet for a thousand pieces of the same work: id, key (that no job has) and the arguments as JSON.

    What is written on it is added as by `enqueue`. Raises KeyError and RuntimeError as that does.
    """
    if find_task(task) is None:
        raise KeyError(task)
    if not in_transaction():
        raise RuntimeError("work is added in the transaction of its cause")
    same = new_row(task, "", {}, clock.now(), due_at)
    for own in ("id", "key", "args"):
        del same[own]
    db.session.info["bell"] = True
    return Sheet(Job, ("id", "key", "args"), business_id, **same)


def new_row(task: str, key: str, args: Mapping[str, Any], now: datetime, due_at: datetime | None) -> dict[str, Any]:
    """The columns of a job that nobody has tried."""
    values: dict[str, Any] = {"id": new_id(), "key": key, "task": task, "args": dict(args), "created_at": now}
    values |= {"state": "ready", "rings": 0, "attempts": 0, "error": "", **UNTRIED}
    return values | {"due_at": due_at or now, "first_due_at": due_at or now}


UNTRIED = {"crashes": 0, "failures": 0, "put_offs": 0, "reason": ""}


def take(now: datetime, without: frozenset[str] = frozenset()) -> Taken | None:
    """Take the job that is due longest of the business whose turn it is, if anything is due.

    `without` are tasks that are left alone. A lease that ran out counts as a crash; three crashes park the job.
    """
    line, looked = turns(without), False
    while True:
        holder = line.next(now)
        if holder is None:
            # Nobody is left: nobody is due, or the look at who is was of a moment ago.
            if looked or not line.look(now):
                return None
            looked = True
        elif row := _take_one(holder, now, without):
            line.again(holder)
            if taken := _taken(Job if holder is not SYSTEM else SystemJob, row):
                return taken


@transactional
def _take_one(holder: Holder, now: datetime, without: frozenset[str]) -> Any:
    asked: dict[str, Any] = {"now": now, "lease": now + LEASE, "without": tuple(without)}
    table: Table = SystemJob
    if holder is not SYSTEM:
        table, asked["holder"] = Job, holder
    return db.session.execute(_start_first(table, bool(without)), asked).first()


@cache
def _start_first(table: Table, chooses: bool) -> Any:
    due = select(table.id).where(WAITING, table.due_at <= bindparam("now"))
    if chooses:
        due = due.where(table.task.not_in(bindparam("without", expanding=True)))
    start = _start(table)
    if table is Job:
        due, start = (
            due.where(Job.business_id == bindparam("holder")),
            start.where(Job.business_id == bindparam("holder")),
        )
    first = due.order_by(table.due_at, table.id).limit(literal_column("1")).with_for_update(skip_locked=True)
    return start.where(table.id == first.scalar_subquery()).returning(*_columns(table))


@transactional
def take_rung(table: Table, job_id: uuid.UUID, now: datetime, business_id: uuid.UUID | None = None) -> Taken | None:
    """Take the job a worker was rung for, unless somebody else has it or it is finished.

    A job of a business is found at once when the business is said.
    """
    free = table.state.in_(("ready", "rung")) | ((table.state == "running") & (table.due_at <= now))
    whose = [Job.business_id == business_id] if business_id is not None and table is Job else []
    statement = _start(table).where(table.id == job_id, *whose, free).returning(*_columns(table))
    row = db.session.execute(statement, {"lease": now + LEASE}).first()
    return None if row is None else _taken(table, row)


def counted(table: Table, state: str) -> dict[str, Any]:
    """Values that move a due row on to `state`: a lease that ran out counts as a crash, the third one parks."""
    crashed = table.crashes + case((table.state == "running", 1), else_=0)
    given_up = crashed >= MAX_CRASHES
    return {
        "state": case((given_up, literal("parked")), else_=literal(state)),
        "crashes": crashed,
        "error": case((given_up, literal(DIED)), else_=table.error),
        "reason": case((given_up, literal(DIED)), else_=table.reason),
    }


def _start(table: Table) -> Any:
    lease = bindparam("lease", type_=table.due_at.type)
    # Into the table: nobody in this session has any of the rows in hand.
    return update(table.__table__).values(**counted(table, "running"), attempts=table.attempts + 1, due_at=lease)


def _columns(table: Table) -> list[Any]:
    owner = table.business_id if table is Job else literal(None)  # type: ignore[union-attr]
    running = [table.task, table.args, table.attempts, table.failures, table.first_due_at, table.created_at]
    return [table.id, owner.label("owner"), table.state, *running]


def _taken(table: Table, row: Any) -> Taken | None:
    if row.state == "parked":
        return None
    first_due = row.first_due_at or row.created_at
    return Taken(table, row.id, row.owner, row.task, row.args, row.attempts, row.failures, first_due)


def run_due(limit: int = 100) -> int:
    """Run what is due now, each business in its turn, at most `limit` jobs. Returns how many ran."""
    from app.jobs.perform import run

    count = 0
    while count < limit:
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
