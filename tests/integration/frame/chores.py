"""Small tasks that show what the outbox promises. Their effect is a counter, so that doing it twice shows."""

from __future__ import annotations

import contextlib
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from app.database import insert_once, transactional, writing
from app.extensions import db
from app.invoices.models import Counter
from app.jobs import Context, Permanent, VendorTask, enqueue
from app.jobs.models import Job, SystemJob

NOBODY = uuid.UUID(int=0)


class VendorIsDown(Exception):
    """The vendor did not answer; trying again may help."""

    permanent = False


@transactional
def add_one(name: str) -> None:
    """The effect of a chore."""
    key = {"business_id": NOBODY, "kind": name, "period": "all"}
    insert_once(Counter, **key, value=0)
    db.session.execute(update(Counter).filter_by(**key).values(value=Counter.value + 1))


def done(name: str) -> int:
    """How often a chore had its effect."""
    query = select(func.sum(Counter.value)).where(Counter.business_id == NOBODY, Counter.kind == name)
    return int(db.session.scalar(query) or 0)


def ask(
    task: str,
    key: str,
    business_id: uuid.UUID | None = None,
    due_at: datetime | None = None,
    ahead: bool = False,
    **args: Any,
) -> bool:
    """Enqueue a chore in a transaction of its own."""
    with writing():
        return enqueue(task, key, args, business_id=business_id, due_at=due_at, ahead=ahead)


def row(key: str) -> Job | SystemJob:
    """The job with that key, freshly read."""
    db.session.remove()
    for table in (Job, SystemJob):
        found = db.session.scalar(select(table).where(table.key == key))
        if found is not None:
            return found
    raise KeyError(key)


def expire(key: str, now: datetime) -> None:
    """Let the lease of a job run out."""
    job = row(key)
    with writing():
        db.session.execute(update(type(job)).where(type(job).key == key).values(due_at=now))
    db.session.remove()


# -- tasks -------------------------------------------------------------------------------------------------------------


def sweep(context: Context) -> None:
    """Has its effect."""
    add_one("sweep")


def stumble(context: Context) -> None:
    """Has its effect and then fails."""
    add_one("stumble")
    raise RuntimeError(context.args.get("why", "tripped over the bucket"))


def refuse(context: Context) -> None:
    """Fails for good."""
    raise Permanent("this floor cannot be swept")


def _linger(context: Context, step: str) -> None:
    """When told to hang in a step: say so, and hang until the process is killed."""
    if context.args.get("hang") == step:
        Path(context.args["sign"]).write_text(step)
        time.sleep(60)


def prepare(context: Context) -> dict[str, Any]:
    add_one("prepared")
    _linger(context, "prepare")
    return {"context": context, "log": context.args["log"]}


def call(prepared: dict[str, Any]) -> str:
    with Path(prepared["log"]).open("a") as vendor:
        vendor.write("called\n")
    _linger(prepared["context"], "call")
    if prepared["context"].args.get("down"):
        raise VendorIsDown("connection refused")
    return "receipt 7"


def record(context: Context, prepared: dict[str, Any], outcome: str) -> None:
    assert outcome == "receipt 7"
    add_one("recorded")
    _linger(context, "record")


def failed(context: Context, prepared: Any, error: Exception, final: bool) -> None:
    add_one("failed for good" if final else "failed")
    if context.args.get("clumsy"):
        raise ZeroDivisionError("while noting the failure")


TASKS = {
    "chores.sweep": sweep,
    "chores.stumble": stumble,
    "chores.refuse": refuse,
    "chores.deliver": VendorTask(prepare, call, record, failed),
}


def main() -> None:
    """A job runner in a process of its own, which knows these chores: `python -m tests.integration.frame.chores`."""
    from app import create_app
    from app.jobs.outbox import register
    from app.jobs.relay import run_embedded

    with contextlib.suppress(KeyboardInterrupt), create_app().app_context():
        register(TASKS)
        run_embedded(lambda: False)


if __name__ == "__main__":
    main()
