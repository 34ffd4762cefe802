"""What must hold of the answers that are kept for Idempotency-Keys, as `flask audit` asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from app.auth.models import ANSWERS_KEPT, KeptAnswer
from app.extensions import db
from app.statements import BUSINESS, built

SWEPT_WITHIN = timedelta(hours=2)
"""They are swept every hour; after two something is wrong with that."""
_MOMENT = KeptAnswer.created_at.type
_OF = select(KeptAnswer.id, KeptAnswer.created_at).where(KeptAnswer.business_id == BUSINESS).order_by(KeptAnswer.id)
_OLD = built(_OF.where(KeptAnswer.created_at < bindparam("before", type_=_MOMENT)))
_RUNS = built(_OF.where(KeptAnswer.status == 0, KeptAnswer.created_at < bindparam("before", type_=_MOMENT)))


def no_answer_is_kept_too_long(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a program was answered under a key is forgotten after a day."""
    for row in db.session.execute(_OLD, {"business_id": business_id, "before": now - ANSWERS_KEPT - SWEPT_WITHIN}):
        since = f"{row.created_at:%Y-%m-%d %H:%M}"
        yield f"The answer {row.id} has been kept for an Idempotency-Key since {since} UTC, over a day."


def no_key_runs_for_hours(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Nothing asked for under a key takes hours: one that has no answer by then was left behind by a dead process."""
    for row in db.session.execute(_RUNS, {"business_id": business_id, "before": now - SWEPT_WITHIN}):
        if row.created_at >= now - ANSWERS_KEPT - SWEPT_WITHIN:
            yield f"What was asked under an Idempotency-Key ({row.id}) runs since {row.created_at:%Y-%m-%d %H:%M} UTC."


CHECKS = (no_answer_is_kept_too_long, no_key_runs_for_hours)
