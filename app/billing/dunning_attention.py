"""What of dunning wants a person: a batch that waits for approval, and late fees that nobody is reminded of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.attention import BUSINESS, TODAY, Attention, Watch, columns
from app.billing.models import DunningBatch, LateFee
from app.billing.queries.fees import fee, left_over

BATCH = DunningBatch.__table__.c


def _held() -> Select[Any]:
    """The batch of today that waits for somebody."""
    mine = (BATCH.business_id == BUSINESS, BATCH.state == "held", BATCH.on_day == TODAY)
    return select(*columns(func.count().over(), BATCH.reason, BATCH.id)).where(*mine).limit(1)


def tell_held(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """Why nothing was cut today."""
    for row in rows:
        yield Attention("No service was cut today", row.words, f"/billing/dunning/{row.about}/", "over", "clock-pause")


def _fees_left() -> Select[Any]:
    """How many late fees are overdue although what was late is paid."""
    question = left_over(select(*columns(func.count().over(), fee.number, fee.id)))
    return question.where(LateFee.business_id == BUSINESS, fee.due_date < TODAY).order_by(fee.id).limit(1)


def tell_fees_left(rows: Sequence[Any], today: date) -> Iterator[Attention]:
    """That there are some: with one the way to it, else to all of them."""
    for row in rows:
        one = row.number == 1
        title = "A late fee is left over" if one else f"{row.number:,} late fees are left over"
        text = f"What was late is paid, and nobody is reminded of {row.words if one else 'these'}."
        yield Attention(title, text, f"/invoices/{row.about}/" if one else "/billing/dunning/", "soon", "receipt-2")


WATCHES = (Watch(_held(), tell_held), Watch(_fees_left(), tell_fees_left))
