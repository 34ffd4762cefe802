"""Numbers of documents, gapless in each series."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from app.auth.models import Business
from app.database import adding, among, transactional
from app.extensions import db
from app.invoices.models import Counter, CreditNote, Invoice
from app.invoices.rules import format_number, period_key


@transactional
def next_number(business: Business, issue_date: date, kind: str = "invoice") -> str:
    """Take the next number of a series: gapless, because the counter commits or rolls back with its document.

    `kind` is "invoice" or "credit_note"; each has its own pattern and counter.
    """
    pattern, taken = _series(kind, business)
    period = period_key(business.number_yearly, issue_date)
    while True:
        number = format_number(pattern, issue_date, _count_on(business.id, kind, period, 1))
        if db.session.scalar(taken, {"business_id": business.id, "number": number}) is None:
            return number


@transactional
def next_numbers(business: Business, issue_dates: Sequence[date]) -> list[str]:
    """Take the next numbers of invoices in one step of each counter: those that one call after the other would give."""
    found = [""] * len(issue_dates)
    periods: dict[str, list[int]] = {}
    for place, day in enumerate(issue_dates):
        periods.setdefault(period_key(business.number_yearly, day), []).append(place)
    # In the order of the counters' keys, so that no two who count on several wait for each other.
    for period, places in sorted(periods.items()):
        days = [issue_dates[place] for place in places]
        for place, number in zip(places, _run(business, period, days), strict=True):
            found[place] = number
    return found


def _run(business: Business, period: str, days: Sequence[date]) -> list[str]:
    """The next numbers of one series, those that documents have already passed over."""
    last = _count_on(business.id, "invoice", period, len(days))
    value = last - len(days)
    looked_at: set[str] = set()
    taken: set[str] = set()
    while True:
        numbers, at = [], value
        for day in days:
            at += 1
            while (number := format_number(business.number_pattern, day, at)) in taken:
                at += 1
            numbers.append(number)
        if at > last:
            last = _count_on(business.id, "invoice", period, at - last)
        new = [number for number in numbers if number not in looked_at]
        if not new:
            return numbers
        taken |= _those_taken(business.id, new)
        looked_at |= set(new)


def _those_taken(business_id: uuid.UUID, numbers: Collection[str]) -> set[str]:
    mine = (Invoice.business_id == business_id, among(Invoice.number, numbers))
    return set(db.session.scalars(select(Invoice.number).where(*mine)))


def _count_on(business_id: uuid.UUID, kind: str, period: str, by: int) -> int:
    """Where a counter, held until the transaction ends, stands when it has gone on by so many."""
    step = {"business_id": business_id, "kind": kind, "period": period, "value": by}
    return int(db.session.execute(_counting(db.engine.dialect.name), step).scalar_one())


def _series(kind: str, business: Business) -> tuple[str, Any]:
    if kind == "credit_note":
        return business.credit_note_pattern, _TAKEN[CreditNote]
    return business.number_pattern, _TAKEN[Invoice]


_TAKEN = {
    model: select(model.id).where(model.business_id == bindparam("business_id"), model.number == bindparam("number"))
    for model in (Invoice, CreditNote)
}


@cache
def _counting(_engine: str) -> Any:
    return adding(Counter, "value").returning(Counter.__table__.c.value)
