"""Money that waits for a person to look at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, Attention, Watch, columns
from app.payments.models import HeldMoney

NAMED = 2
HELD = HeldMoney.__table__.c


def _question() -> Select[Any]:
    """The newest payments that were held, and how many there are."""
    waiting = (HELD.business_id == BUSINESS, HELD.resolved_at.is_(None))
    answer = columns(func.count().over(), HELD.reason, HELD.id)
    return select(*answer).where(*waiting).order_by(HELD.id.desc()).limit(NAMED)


def tell(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The held payments, the newest by name."""
    for row in sorted(rows, key=lambda row: row.about, reverse=True):
        yield Attention("A payment is held", row.words, "/payments/", "over", "shield-exclamation")
    more = rows[0].number - len(rows) if rows else 0
    if more:
        title = "1 more payment is held" if more == 1 else f"{more} more payments are held"
        yield Attention(title, "", "/payments/", "over", "shield-exclamation")


WATCHES = (Watch(_question(), tell),)
