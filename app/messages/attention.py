"""Messages that did not arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, MONTH_AGO, Attention, Watch, columns
from app.messages.models import Message
from app.messages.queries import taken_over

MESSAGE = Message.__table__.c
FAILED = "/messages/?state=failed"


def _question() -> Select[Any]:
    """How many messages of the last month got out by no channel, and why the newest did not.

    Of those that another channel took over from only the last one counts: it failed, or nothing is amiss.
    """
    failed = (MESSAGE.business_id == BUSINESS, MESSAGE.state == "failed", MESSAGE.failed_at > MONTH_AGO)
    answer = columns(func.count().over(), MESSAGE.reason)
    return select(*answer).where(*failed, ~taken_over()).order_by(MESSAGE.id.desc()).limit(1)


def tell(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """The undelivered messages, if there are any."""
    for row in rows:
        title = "1 message was not delivered" if row.number == 1 else f"{row.number} messages were not delivered"
        yield Attention(title, row.words, FAILED, "over", "mail-x")


WATCHES = (Watch(_question(), tell),)
