"""Background work of one business; that of the installation is nobody's to see here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, bindparam, func, select

from app.errors import NotFound
from app.extensions import db
from app.jobs import title_of
from app.jobs.models import BEFORE_IT_RUNS, GIVEN_UP, WAITING, Job
from app.jobs.outbox import LEASE
from app.statements import BUSINESS
from app.web.paging import Page, Walk, paginate
from app.work.errors import NotGivenUp
from app.work.rules import See, what_happened

JOB = Job.__table__.c
_SHOWN: dict[See, tuple[ColumnElement[bool] | TextClause, ...]] = {
    "waiting": BEFORE_IT_RUNS,
    "running": (WAITING, JOB.state == "running"),
    "given-up": (GIVEN_UP,),
}
_ORDER: dict[See, tuple[Any, ...]] = {
    "waiting": (Job.due_at, Job.id),
    "running": (Job.due_at, Job.id),
    "given-up": (Job.id.desc(),),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work: `told` is what became of it so far. `late`: it is due, or whoever ran it has gone.

    `heard_at` is when somebody took it up or, of work that tells how far it is, last told; None unless it runs.
    """

    id: uuid.UUID
    title: str
    state: str
    told: str
    failures: int
    added_at: datetime
    due_at: datetime
    late: bool
    done: int | None
    total: int | None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pieces wait, run and gave up; `busy` when one runs or is due."""

    waiting: int
    running: int
    given_up: int
    busy: bool

    def of(self, see: See) -> int:
        """How many a view shows."""
        return {"waiting": self.waiting, "running": self.running, "given-up": self.given_up}[see]


def list_work(business_id: uuid.UUID, see: See, now: datetime, cursor: str | Walk | None) -> Page[Piece]:
    """A page of work: what is due first comes first, of what gave up the latest."""
    query = select(Job).where(Job.business_id == business_id, *_SHOWN[see])
    page = paginate(query, _ORDER[see], cursor, scope=(business_id, "work", see))
    return Page([_piece(job, now) for job in page.items], page.next, page.previous, page.total)


def count_work(business_id: uuid.UUID, now: datetime) -> Counts:
    """How much there is, in one statement."""
    row = db.session.execute(_counting(), {"business_id": business_id, "now": now}).one()
    return Counts(row.waiting, row.running, row.given_up, bool(row.running or row.due))


@cache
def _counting() -> Select[Any]:
    waits = (JOB.business_id == BUSINESS, *_SHOWN["waiting"])
    runs = (JOB.business_id == BUSINESS, *_SHOWN["running"])
    gave_up = (JOB.business_id == BUSINESS, *_SHOWN["given-up"])
    many = {
        "waiting": select(func.count()).where(*waits),
        "running": select(func.count()).where(*runs),
        "given_up": select(func.count()).where(*gave_up),
        "due": select(func.count()).where(*waits, JOB.due_at <= bindparam("now")),
    }
    return select(*(query.scalar_subquery().label(name) for name, query in many.items()))


def get_given_up(business_id: uuid.UUID, job_id: uuid.UUID, now: datetime) -> Piece:
    """A piece of work that gave up. Raises NotFound, and NotGivenUp when it did not or no longer has."""
    job = db.session.get(Job, (business_id, job_id))
    if job is None:
        raise NotFound
    if job.state != "parked":
        raise NotGivenUp
    return _piece(job, now)


def _piece(job: Job, now: datetime) -> Piece:
    return Piece(
        job.id,
        title_of(job.task),
        job.state,
        what_happened(job.state, job.failures, job.put_offs, job.reason),
        job.failures,
        job.created_at,
        # What goes ahead is due since before it was there.
        max(job.due_at, job.created_at),
        job.due_at <= now,
        job.progress_done,
        job.progress_total,
        # While it runs, a row is due when its lease ends, which was given for so long.
        job.due_at - LEASE if job.state == "running" else None,
    )
