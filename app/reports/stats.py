"""How many invoices and payments there are and what they come to, from the totals of days and months: a million of them
are a few rows for each month."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.extensions import db
from app.ledger.models import PeriodTotal
from app.ledger.rules import BASE_KINDS
from app.reports.periods import FIRST_YEAR, LAST_YEAR, Period, own_period
from app.reports.rules import first_of_month, last_months, last_of_month

TOTAL = PeriodTotal.__table__.c
EVER = Period(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
STATES = ("draft", "open", "overdue", "paid", "void", "written_off")
_OWN = {kept: own for own, kept in BASE_KINDS.items()}


@dataclass(slots=True)
class Sum:
    """How many documents, and in minor units what they come to and what of that is open."""

    documents: int = 0
    total: int = 0
    balance: int = 0

    def add(self, documents: int, total: int, balance: int) -> None:
        """Count some more in."""
        self.documents += documents
        self.total += total
        self.balance += balance


Sums = dict[str, dict[str, Sum]]
"""{currency: {kind of total: sum}}; what is worth something in a base currency stands there under `base_` kinds."""


def days_from(since: date | None, until: date | None) -> Period:
    """The days from one to the other, both included; from or to whenever where one is left out. Raises Invalid."""
    return own_period(since or EVER.first, until or EVER.last)


def invoice_sums(business_id: uuid.UUID, days: Period, today: date) -> Sums:
    """Invoices due in some days by their state ("open" and "overdue" are what is owed), and as "issued" those issued in
    them; in one statement."""
    kinds = ("draft", "owed", "paid", "void", "written_off", "issued", BASE_KINDS["owed"], BASE_KINDS["issued"])
    return _sums(business_id, kinds, days, today)


def payment_sums(business_id: uuid.UUID, days: Period, today: date) -> Sums:
    """Payments "received" in some days, without those that were undone; in one statement."""
    return _sums(business_id, ("received", BASE_KINDS["received"]), days, today)


def _sums(business_id: uuid.UUID, kinds: tuple[str, ...], days: Period, today: date) -> Sums:
    late = case((TOTAL.day < today, 1), else_=0).label("late")
    figures = (func.sum(one) for one in (TOTAL.documents, TOTAL.total_minor, TOTAL.balance_minor))
    query = (
        select(TOTAL.kind, TOTAL.currency, late, *figures)
        .where(TOTAL.business_id == business_id, TOTAL.kind.in_(kinds), TOTAL.documents > 0, _within(days, today))
        .group_by(TOTAL.kind, TOTAL.currency, late)
    )
    found: Sums = defaultdict(lambda: defaultdict(Sum))
    for kind, currency, is_late, *counted in db.session.execute(query):
        name = ("open", "overdue")[is_late] if kind == "owed" else kind
        found[currency][name].add(*map(int, counted))
    return found


def _within(days: Period, today: date) -> ColumnElement[bool]:
    """Rows that cover some days once: months where they are whole, days at both ends and in the month of today, which
    parts what is overdue from what is not."""
    whole = days.first if days.first.day == 1 else first_of_month(days.first, -1)
    over = first_of_month(days.last + timedelta(days=1))
    now = (first_of_month(today), last_of_month(today))
    months = and_(TOTAL.span == "month", TOTAL.day >= whole, TOTAL.day < over, TOTAL.day != now[0])
    at_the_ends = or_(TOTAL.day < whole, TOTAL.day >= over, TOTAL.day.between(*now))
    return or_(months, and_(TOTAL.span == "day", TOTAL.day.between(days.first, days.last), at_the_ends))


@dataclass(frozen=True, slots=True)
class Worth:
    """What documents of all currencies come to in the base currency; `left_out` of them have no rate to it."""

    sum: Sum
    left_out: int


def in_base(sums: Sums, base: str, *kinds: str) -> Worth | None:
    """What some kinds of own totals come to together, by the base kind they all count under; None when everything is in
    the base currency anyway."""
    kept = BASE_KINDS["owed" if "overdue" in kinds else kinds[0]]
    others = sum(by[kind].documents for code, by in sums.items() if code != base for kind in kinds)
    if not others:
        return None
    converted, whole = sums[base][kept], Sum()
    for one in (*(sums[base][kind] for kind in kinds), converted):
        whole.add(one.documents, one.total, one.balance)
    return Worth(whole, others - converted.documents)


@dataclass(slots=True)
class RevenueMonth:
    """What was billed and what came in one month."""

    month: date
    invoiced: Sum
    received: Sum


@dataclass(frozen=True, slots=True)
class Revenue:
    """{currency: its months, the oldest first}, and what all in other currencies was worth in the base currency."""

    own: dict[str, list[RevenueMonth]]
    converted: dict[str, list[RevenueMonth]]


def revenue_months(business_id: uuid.UUID, today: date, number: int) -> Revenue:
    """The last months, this one included, in one statement."""
    firsts = last_months(today, number)
    kinds = [kind for own in ("issued", "received") for kind in (own, BASE_KINDS[own])]
    query = select(TOTAL.kind, TOTAL.currency, TOTAL.day, TOTAL.documents, TOTAL.total_minor).where(
        TOTAL.business_id == business_id,
        TOTAL.span == "month",
        TOTAL.kind.in_(kinds),
        TOTAL.documents > 0,
        TOTAL.day.between(firsts[0], firsts[-1]),
    )
    found = Revenue({}, {})
    for kind, currency, day, documents, total in db.session.execute(query):
        own = _OWN.get(kind, kind)
        months = (found.own if own == kind else found.converted).setdefault(currency, _empty(firsts))
        month = months[firsts.index(day)]
        (month.invoiced if own == "issued" else month.received).add(int(documents), int(total), 0)
    return found


def _empty(firsts: list[date]) -> list[RevenueMonth]:
    return [RevenueMonth(first, Sum(), Sum()) for first in firsts]


def together(found: Revenue, base: str, today: date, number: int) -> tuple[list[RevenueMonth], int] | None:
    """All of it in the base currency, and how many documents have no rate to it; None when there is nothing else."""
    others: list[Any] = [month for code, months in found.own.items() if code != base for month in months]
    if not others:
        return None
    whole = _empty(last_months(today, number))
    converted = found.converted.get(base, [])
    for months in (found.own.get(base, []), converted):
        for sum_of, one in zip(whole, months, strict=False):
            sum_of.invoiced.add(one.invoiced.documents, one.invoiced.total, 0)
            sum_of.received.add(one.received.documents, one.received.total, 0)
    counted = [sum(one.invoiced.documents + one.received.documents for one in each) for each in (others, converted)]
    return whole, counted[0] - counted[1]
