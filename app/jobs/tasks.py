"""What can be done later: tasks, and how the application knows them by name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from app.jobs.retries import Retry

USUAL = Retry()


@dataclass(frozen=True, slots=True)
class Context:
    """What a task is given: whose work it is, its arguments, the time, and whether this is the last try."""

    business_id: uuid.UUID | None
    args: Mapping[str, Any]
    now: datetime
    job_id: uuid.UUID
    last: bool = False
    attempts: int = 0
    """Which start of the job this is; as long as it stands in the row, the job is ours."""

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
    `discarded(business id, args)` is called when somebody puts the job aside for good, so that nothing waits for it.
    `tells`: what it is about shows people that it failed for good, and lets them try again there. The job is over then;
    otherwise it is parked and waits for somebody.
    """

    prepare: Callable[[Context], Any]
    call: Callable[[Any], Any]
    record: Callable[[Context, Any, Any], None]
    failed: Callable[[Context, Any, Exception, bool], None] | None = None
    discarded: Callable[[uuid.UUID, Mapping[str, Any]], None] | None = None
    retry: Retry = USUAL
    tells: bool = False


@dataclass(frozen=True, slots=True)
class LocalTask:
    """Work in our own database with a patience of its own; a plain function has the usual one."""

    do: Callable[[Context], None]
    retry: Retry = USUAL

    def __call__(self, context: Context) -> None:
        """Do it, in the transaction that marks the job done."""
        self.do(context)


Task = Callable[[Context], None] | LocalTask | VendorTask


def register(tasks: Mapping[str, Task], titles: Mapping[str, str] | None = None) -> None:
    """Make a room's tasks known to the current application by name, and what people call them.

    A title says what is done, as in "Draw the PDF of an invoice". Raises ValueError for a name taken twice.
    """
    known: dict[str, Task] = current_app.extensions.setdefault("duely_tasks", {})
    for name, task in tasks.items():
        if known.setdefault(name, task) is not task:
            raise ValueError(f"the task {name} is registered twice")
    current_app.extensions.setdefault("duely_task_titles", {}).update(titles or {})


def find_task(name: str) -> Task | None:
    """The task of that name, if this program has one."""
    task: Task | None = current_app.extensions["duely_tasks"].get(name)
    return task


def title_of(name: str) -> str:
    """What people call a task; one without a title is called by its own name, as words."""
    title = current_app.extensions.get("duely_task_titles", {}).get(name)
    return title or name.rpartition(".")[2].replace("_", " ").capitalize() or "Background work"


def retry_of(task: Task | None) -> Retry:
    """The patience of a task."""
    return task.retry if isinstance(task, VendorTask | LocalTask) else USUAL
