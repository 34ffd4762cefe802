"""Holding on to a job that takes long: its lease is renewed, and how far it is can be seen.

Both are transactions of their own and belong where none is open: into `VendorTask.call`, between two parts of the work.
Inside the task's own transaction they would wait for it for ever: it holds the row of the job, on SQLite everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import update

from app import clock
from app.database import in_transaction, transactional
from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import LEASE, Table
from app.jobs.perform import LostLease
from app.jobs.tasks import Context

T = TypeVar("T")


def renew(context: Context) -> None:
    """Keep the job for another 90 s. Raises LostLease when somebody else has it, RuntimeError in a transaction."""
    _hold(context)


def progress(context: Context, done: int, total: int) -> None:
    """Note that `done` of `total` parts are done, and keep the job for another 90 s. Raises as `renew` does."""
    _hold(context, progress_done=done, progress_total=total)


def each_part(context: Context, parts: Sequence[T]) -> Iterator[T]:
    """Go through the parts of a long piece of work; before each, and after the last, how far it is gets noted.

    A part must not take longer than the lease, 90 s. Raises as `renew` does.
    """
    for done, part in enumerate(parts):
        progress(context, done, len(parts))
        yield part
    progress(context, len(parts), len(parts))


def _hold(context: Context, **values: Any) -> None:
    if in_transaction():
        raise RuntimeError("a lease is renewed between the transactions of a task, not in one")
    _write(context, values)
    db.session.remove()


@transactional
def _write(context: Context, values: dict[str, Any]) -> None:
    table: Table = SystemJob if context.business_id is None else Job
    mine = [table.id == context.job_id, table.state == "running", table.attempts == context.attempts]
    if context.business_id is not None:
        mine.append(Job.business_id == context.business_id)
    statement = update(table).where(*mine).values(due_at=clock.now() + LEASE, **values)
    if not db.session.execute(statement).rowcount:  # type: ignore[attr-defined]
        raise LostLease(str(context.job_id))
