"""Messages that did not arrive."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.attention import Attention
from app.extensions import db
from app.messages.models import Message

RECENT = timedelta(days=30)


def undelivered(business_id: uuid.UUID, today: date, now: datetime) -> Iterator[Attention]:
    """How many messages of the last month failed for good, and why the newest did."""
    failed = (Message.business_id == business_id, Message.state == "failed", Message.failed_at > now - RECENT)
    total = func.count().over()
    query = select(Message.reason, Message.object_kind, Message.object_id, total).where(*failed)
    newest = db.session.execute(query.order_by(Message.id.desc()).limit(1)).first()
    if newest is None:
        return
    reason, object_kind, object_id, number = newest
    title = "1 message was not delivered" if number == 1 else f"{number} messages were not delivered"
    href = f"/invoices/{object_id}/" if object_kind == "invoice" and object_id else ""
    yield Attention(title, reason, href, "over", "mail-x")


PROVIDERS = (undelivered,)
