"""Money that waits for a person to look at it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select

from app.attention import Attention
from app.extensions import db
from app.payments.models import HeldMoney

NAMED = 2


def held_money(business_id: uuid.UUID, today: date, now: datetime) -> Iterator[Attention]:
    """The newest payments that were held, and how many more there are."""
    waiting = (HeldMoney.business_id == business_id, HeldMoney.resolved_at.is_(None))
    total = func.count().over()
    query = select(HeldMoney.reason, total).where(*waiting).order_by(HeldMoney.id.desc())
    rows = db.session.execute(query.limit(NAMED)).all()
    for reason, _ in rows:
        yield Attention("A payment is held", reason, "/payments/", "over", "shield-exclamation")
    more = rows[0][1] - len(rows) if rows else 0
    if more:
        title = "1 more payment is held" if more == 1 else f"{more} more payments are held"
        yield Attention(title, "", "/payments/", "over", "shield-exclamation")


PROVIDERS = (held_money,)
