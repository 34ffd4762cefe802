"""What of dunning wants a person: a batch that waits for approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, TODAY, Attention, Watch, columns
from app.billing.models import DunningBatch

BATCH = DunningBatch.__table__.c


def _held() -> Select[Any]:
    """The batch of today that waits for somebody."""
    mine = (BATCH.business_id == BUSINESS, BATCH.state == "held", BATCH.on_day == TODAY)
    return select(*columns(func.count().over(), BATCH.reason, BATCH.id)).where(*mine).limit(1)


def tell_held(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Why nothing was cut today."""
    for row in rows:
        yield Attention("No service was cut today", row.words, f"/billing/dunning/{row.about}/", "over", "clock-pause")


WATCHES = (Watch(_held(), tell_held),)
