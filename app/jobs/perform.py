"""Running one taken job: effect and `done` in one transaction, fenced by the attempt number."""

from __future__ import annotations

import traceback
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
from app.errors import DuelyError
from app.extensions import db
from app.jobs.models import Job, SystemJob
from app.jobs.outbox import Taken, take_rung
from app.jobs.retries import FIRST_DELAY, MAX_FAILURES, delay
from app.jobs.tasks import Context, Task, VendorTask, find_task, retry_of

__all__ = ["FIRST_DELAY", "MAX_FAILURES", "Later", "LostLease", "Permanent", "VendorTask", "delay", "perform", "run"]

OUR_FAULT = "Something on our side failed while doing this."

log = structlog.get_logger("duely.jobs")


class LostLease(RuntimeError):
    """Another worker took this job over; what this one did is rolled back."""


class Permanent(Exception):
    """Trying again would not help."""

    permanent = True


class Later(Exception):
    """Not now: the job waits again, which is neither a failure nor a crash. Tasks raise it, and `prepare` and `call`.

    What the open transaction did is rolled back. The reason is shown to people as it stands.
    """

    def __init__(self, seconds: float, reason: str) -> None:
        """`seconds` until it is taken up again, at least one."""
        super().__init__(reason)
        self.seconds, self.reason = max(1.0, seconds), reason


def run(taken: Taken) -> bool:
    """Run one job to its end. Returns whether it is done; failures are stored on the row, never raised."""
    task, now = find_task(taken.task), clock.now()
    context = Context(
        business_id=taken.business_id,
        args=taken.args,
        now=now,
        job_id=taken.id,
        last=retry_of(task).is_last(taken.failures, taken.first_due, now),
        attempts=taken.attempts,
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
    except Later as later:
        _put_off(taken, later)
        return False
    except Exception as error:
        _fail(taken, task, context, prepared, error)
        return False
    finally:
        db.session.remove()


@transactional
def _finish(taken: Taken, task: Task, context: Context, prepared: Any, outcome: Any) -> None:
    _fenced(taken, state="done", done_at=clock.now(), error="", reason="")
    if not isinstance(task, VendorTask):
        task(context)
    elif prepared is not None:
        task.record(context, prepared, outcome)


def _fenced(taken: Taken, **values: Any) -> None:
    table = taken.table
    mine = [table.id == taken.id, table.state == "running", table.attempts == taken.attempts]
    if taken.business_id is not None:
        mine.append(Job.business_id == taken.business_id)
    if not db.session.execute(update(table).where(*mine).values(**values)).rowcount:  # type: ignore[attr-defined]
        raise LostLease(str(taken.id))


def _put_off(taken: Taken, later: Later) -> None:
    db.session.rollback()
    log.info("job.put_off", job=str(taken.id), task=taken.task, seconds=later.seconds, reason=later.reason)
    values = {"reason": _storable(later.reason), "put_offs": taken.table.put_offs + 1}
    try:
        with writing():
            _fenced(taken, state="ready", due_at=clock.now() + timedelta(seconds=later.seconds), **values)
    except LostLease:
        log.warning("job.lost_lease", job=str(taken.id), task=taken.task)


def _fail(taken: Taken, task: Task | None, context: Context, prepared: Any, error: Exception) -> None:
    final = bool(getattr(error, "permanent", False)) or context.last
    expected = hasattr(error, "permanent")
    log.log(
        30 if expected else 40, "job.failed", job=str(taken.id), task=taken.task, final=final, exc_info=not expected
    )
    db.session.rollback()
    told = isinstance(task, VendorTask) and task.failed
    try:
        _store_failure(taken, task, error, final, (lambda: told(context, prepared, error, final)) if told else None)
    except LostLease:
        log.warning("job.lost_lease", job=str(taken.id), task=taken.task)
    except Exception:
        # What the task wanted to note about its failure failed, too; that it failed is kept all the same.
        log.exception("job.failure_not_noted", job=str(taken.id), task=taken.task)
        with suppress(LostLease):
            _store_failure(taken, task, error, final, None)


def _store_failure(
    taken: Taken, task: Task | None, error: Exception, final: bool, tell: Callable[[], None] | None
) -> None:
    over = "done" if tell and isinstance(task, VendorTask) and task.tells else "parked"
    with writing():
        _fenced(
            taken,
            state=over if final else "ready",
            done_at=clock.now() if final and over == "done" else None,
            failures=taken.failures + 1,
            error=_storable(_for_operators(error)),
            reason=_storable(_in_plain_words(error)),
            due_at=retry_of(task).next_try(taken.failures, taken.first_due, clock.now()),
        )
        if tell:
            tell()


def _in_plain_words(error: Exception) -> str:
    """What people are told: the words of an error that was written for them, and of any other that it is ours."""
    return str(getattr(error, "reason", "") or (error if _is_written(error) else "")) or OUR_FAULT


def _for_operators(error: Exception) -> str:
    """What is kept of an error: its kind, with its words if we wrote them, else the place.

    Those of others may hold a statement with its values, or what somebody typed: they stand in the log alone.
    """
    if _is_written(error):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__} in {_place(error)}; what it said stands in the log"


def _is_written(error: Exception) -> bool:
    return hasattr(error, "permanent") or isinstance(error, DuelyError)


def _place(error: Exception) -> str:
    """The line of ours that an error came through last."""
    lines = [(frame.f_globals.get("__name__", ""), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [one for one in lines if one[0].startswith("app.") and one[0] not in (__name__, "app.database")]
    module, line = (ours or lines or [("?", 0)])[-1]
    return f"{module}, line {line}"


def _storable(text: str) -> str:
    """An error's text as both databases take it: PostgreSQL refuses NUL and half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:2000]


def perform(table: str, job_id: str, business_id: str | None = None) -> None:
    """Entry point of RQ workers: run the job a bell was rung for.

    RQ's process then ends at once, without Python's `atexit`. What rooms have started is ended here: in a container
    nobody else would wait for it.
    """
    whose = uuid.UUID(business_id) if business_id else None
    taken = take_rung(Job if table == "job" else SystemJob, uuid.UUID(job_id), clock.now(), whose)
    db.session.remove()
    if taken:
        run(taken)
    for end in current_app.extensions["duely_at_exit"]:
        end()
