"""Work that gave up."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select

from app.attention import Attention
from app.extensions import db
from app.jobs.models import Job


def parked(business_id: uuid.UUID, today: date, now: datetime) -> Iterator[Attention]:
    """How many jobs of the business were parked, and which kind the newest one is."""
    query = select(Job.task, func.count().over()).where(Job.business_id == business_id, Job.state == "parked")
    newest = db.session.execute(query.order_by(Job.id.desc()).limit(1)).first()
    if newest is not None:
        task, number = newest
        title = "1 background job gave up" if number == 1 else f"{number} background jobs gave up"
        yield Attention(
            title, f"The last one was {task}. Whoever runs this installation can see why.", "", "soon", "gauge"
        )


PROVIDERS = (parked,)
