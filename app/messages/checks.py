"""What must hold in the outbox of messages, as `flask audit` asks: whatever waits has work that will send it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from app.extensions import db
from app.jobs.models import Job
from app.messages.models import Message
from app.statements import BUSINESS, built

FORGOTTEN_AFTER = timedelta(hours=1)
_WAITING = built(
    select(Message.id, Message.created_at)
    .where(Message.business_id == BUSINESS, Message.state.in_(("queued", "unknown")))
    .where(func.coalesce(Message.not_before, Message.created_at) < bindparam("before", type_=Message.created_at.type))
    .order_by(Message.id)
)
_WORK = built(select(Job.key).where(Job.business_id == BUSINESS, Job.task == "messages.deliver", Job.state != "done"))


def nothing_waits_without_work(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Each message that has not left has work that will send it, or that gave up and waits for a person."""
    asked = {"business_id": business_id, "before": now - FORGOTTEN_AFTER}
    waiting = db.session.execute(_WAITING, asked).all()
    if not waiting:
        return
    keys = db.session.scalars(_WORK, {"business_id": business_id})
    served = {key.split(":")[1] for key in keys}
    for row in waiting:
        if str(row.id) not in served:
            yield f"The message {row.id} of {row.created_at:%Y-%m-%d %H:%M} UTC waits, and nothing will send it."


CHECKS = (nothing_waits_without_work,)
