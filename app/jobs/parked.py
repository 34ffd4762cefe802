"""What a person does with work that gave up: have it tried again, or put it aside. Of these, one happens, once."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import update

from app.database import transactional
from app.extensions import db
from app.jobs.models import Job
from app.jobs.outbox import UNTRIED
from app.jobs.tasks import VendorTask, find_task


@transactional
def try_again(business_id: uuid.UUID, job_id: uuid.UUID, now: datetime) -> bool:
    """Make a parked job due now, as if it had never been tried. Returns whether it was parked still."""
    moved = _move(business_id, job_id, state="ready", error="", due_at=now, first_due_at=now, **UNTRIED)
    db.session.info["bell"] = db.session.info.get("bell", False) or moved
    return moved


@transactional
def drop(business_id: uuid.UUID, job_id: uuid.UUID) -> bool:
    """Put a parked job aside for good, and let what waits for it know; the row stays. Returns whether it was parked
    still."""
    moved = _move(business_id, job_id, state="dropped")
    if moved:
        job = db.session.get_one(Job, (business_id, job_id))
        task = find_task(job.task)
        if isinstance(task, VendorTask) and task.discarded:
            task.discarded(business_id, job.args)
    return moved


def _move(business_id: uuid.UUID, job_id: uuid.UUID, **values: Any) -> bool:
    parked = (Job.business_id == business_id, Job.id == job_id, Job.state == "parked")
    result = db.session.execute(update(Job).where(*parked).values(**values))
    return bool(result.rowcount)  # type: ignore[attr-defined]
