"""What people do with work that gave up; who did it, and why, is noted."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.rules import Actor
from app.database import transactional
from app.errors import NotFound
from app.extensions import db
from app.jobs import parked
from app.jobs.models import Job
from app.work.errors import NotGivenUp


@transactional
def try_again(actor: Actor, job_id: uuid.UUID, *, now: datetime) -> None:
    """Have it tried again at once, as often as if it were new. Raises NotFound, NotGivenUp."""
    task = _task(actor, job_id)
    if not parked.try_again(actor.business_id, job_id, now):
        raise NotGivenUp
    audit.record(actor, "work_tried_again", "job", job_id, now, facts={"task": task})


@transactional
def discard(actor: Actor, job_id: uuid.UUID, reason: str, *, now: datetime) -> None:
    """Never try it again. The row stays, and `reason` with who said so. Raises NotFound, NotGivenUp."""
    task = _task(actor, job_id)
    if not parked.drop(actor.business_id, job_id):
        raise NotGivenUp
    audit.record(actor, "work_discarded", "job", job_id, now, facts={"task": task, "reason": reason})


def _task(actor: Actor, job_id: uuid.UUID) -> str:
    actor.require("admin")
    job = db.session.get(Job, (actor.business_id, job_id))
    if job is None:
        raise NotFound
    return job.task
