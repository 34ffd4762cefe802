"""Work that gave up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, Attention, Watch, columns
from app.jobs.models import GIVEN_UP, Job
from app.jobs.tasks import title_of

PAGE = "/settings/jobs/?see=given-up"
JOB = Job.__table__.c


def _question() -> Select[Any]:
    """How many jobs of the business were parked, and which kind the newest one is."""
    given_up = (JOB.business_id == BUSINESS, GIVEN_UP)
    return select(*columns(func.count().over(), JOB.task)).where(*given_up).order_by(JOB.id.desc()).limit(1)


def tell(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The parked jobs, if there are any."""
    for row in rows:
        title = "1 background job gave up" if row.number == 1 else f"{row.number} background jobs gave up"
        text = f"The last one: {title_of(row.words)}. Look why, and have it tried again."
        yield Attention(title, text, PAGE, "soon", "gauge")


WATCHES = (Watch(_question(), tell),)
