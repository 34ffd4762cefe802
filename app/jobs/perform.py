"""Running one taken job: effect and `done` in one transaction, fenced by the attempt number."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import update

from app import clock
from app.database import transactional, writing
from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import Context, Taken, Task, VendorTask, take_rung

MAX_FAILURES = 10
FIRST_DELAY = 15
LONGEST_DELAY = 3600 * 3

log = structlog.get_logger("duely.jobs")


class LostLease(RuntimeError):
    """Another worker took this job over; what this one did is rolled back."""


class Permanent(Exception):
    """Trying again would not help."""

    permanent = True


def run(taken: Taken) -> bool:
    """Run one job to its end. Returns whether it is done; failures are stored on the row, never raised."""
    task: Task | None = current_app.extensions["duely_tasks"].get(taken.task)
    context = Context(
        business_id=taken.business_id,
        args=taken.args,
        now=clock.now(),
        job_id=taken.id,
        last=taken.failures + 1 >= MAX_FAILURES,
    )
    prepared: Any = None
    try:
        if task is None:
            raise Permanent(f"no task is called {taken.task}")
        if isinstance(task, VendorTask):
            with writing():
                prepared = task.prepare(context)
            db.session.remove()
            outcome = task.call(prepared) if prepared is not None else None
            _finish(taken, task, context, prepared, outcome)
        else:
            _finish(taken, task, context, None, None)
        return True
    except LostLease:
        log.warning("job.lost_lease", job=str(taken.id), task=taken.task)
        return False
    except Exception as error:
        _fail(taken, task, context, prepared, error)
        return False
    finally:
        db.session.remove()


@transactional
def _finish(taken: Taken, task: Task, context: Context, prepared: Any, outcome: Any) -> None:
    _fenced(taken, state="done", done_at=clock.now(), error="")
    if not isinstance(task, VendorTask):
        task(context)
    elif prepared is not None:
        task.record(context, prepared, outcome)


def _fenced(taken: Taken, **values: Any) -> None:
    table = taken.table
    mine = (table.id == taken.id, table.state == "running", table.attempts == taken.attempts)
    if not db.session.execute(update(table).where(*mine).values(**values)).rowcount:  # type: ignore[attr-defined]
        raise LostLease(str(taken.id))


def _fail(taken: Taken, task: Task | None, context: Context, prepared: Any, error: Exception) -> None:
    final = bool(getattr(error, "permanent", False)) or context.last
    expected = hasattr(error, "permanent")
    log.log(
        30 if expected else 40, "job.failed", job=str(taken.id), task=taken.task, final=final, exc_info=not expected
    )
    db.session.rollback()
    told = isinstance(task, VendorTask) and task.failed
    try:
        _store_failure(taken, error, final, (lambda: told(context, prepared, error, final)) if told else None)
    except LostLease:
        log.warning("job.lost_lease", job=str(taken.id), task=taken.task)
    except Exception:
        # What the task wanted to note about its failure failed, too; that it failed is kept all the same.
        log.exception("job.failure_not_noted", job=str(taken.id), task=taken.task)
        with suppress(LostLease):
            _store_failure(taken, error, final, None)


def _store_failure(taken: Taken, error: Exception, final: bool, tell: Callable[[], None] | None) -> None:
    with writing():
        _fenced(
            taken,
            state="parked" if final else "ready",
            failures=taken.failures + 1,
            error=_storable(f"{type(error).__name__}: {error}"),
            due_at=clock.now() + delay(taken.failures),
        )
        if tell:
            tell()


def _storable(text: str) -> str:
    """An error's text as both databases take it: PostgreSQL refuses NUL and half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:2000]


def delay(failures: int) -> timedelta:
    """How long to wait after the n-th failure: exponential with full jitter, so that retries do not march in step."""
    ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2**failures)
    return timedelta(seconds=random.uniform(1, ceiling))  # noqa: S311  (spreading load, not guarding a secret)


def perform(table: str, job_id: str) -> None:
    """Entry point of RQ workers: run the job a bell was rung for.

    RQ's process then ends at once, without Python's `atexit`. What rooms have started is ended here: in a container
    nobody else would wait for it.
    """
    taken = take_rung(Job if table == "job" else SystemJob, uuid.UUID(job_id), clock.now())
    db.session.remove()
    if taken:
        run(taken)
    for end in current_app.extensions["duely_at_exit"]:
        end()
