"""How many invoices stand where and what they come to, read from the totals of days and months."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from app.extensions import db
from app.invoices.queries import lists
from app.invoices.queries.lists import VIEWS, Filters
from app.ledger.models import PeriodTotal
from app.money import Money

KINDS = {"unpaid": "owed", "overdue": "owed", "drafts": "draft", "paid": "paid", "void": "void"}
"""The kind of total that each view but "all" shows."""
STAGES = ("draft", "owed", "paid", "void", "written_off")


@dataclass(frozen=True, slots=True)
class Overview:
    """`counts`: {view: how many}. `sums`: (how many, total, still owed) of what the filters leave, per currency, the
    most frequent first. `currencies`: those in use, sorted."""

    counts: dict[str, int]
    sums: list[tuple[int, Money, Money]]
    currencies: list[str]


def overview(business_id: uuid.UUID, filters: Filters, today: date) -> Overview:
    """What stands around a list of invoices. `today` is the date in the business's time zone.

    One statement; a second one when the filters name a client or words, which totals do not know.
    """
    counts: Counter[str] = Counter()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    currencies = set()
    for row in db.session.execute(_totals(business_id, filters, today)):
        if not row.documents:
            continue
        currencies.add(row.currency)
        counts["all"] += int(row.documents)
        counts["overdue"] += int(row.late)
        for view, kind in KINDS.items():
            if kind == row.kind and view != "overdue":
                counts[view] += int(row.documents)
        for place, figure in enumerate((row.many, row.total, row.owed)):
            sums[row.currency][place] += int(figure)
    if filters.client_id or filters.text.strip():
        found = lists.sums(business_id, filters, today)
    else:
        found = [
            (many, Money.total(total, currency), Money.total(owed, currency))
            for currency, (many, total, owed) in sums.items() if many
        ]  # fmt: skip
        found.sort(key=lambda one: (-one[0], one[1].currency))
    return Overview({view: counts[view] for view in VIEWS}, found, sorted(currencies))


def _totals(business_id: uuid.UUID, filters: Filters, today: date) -> Select[Any]:
    pool, whole, late = _by_day(today) if filters.due_from or filters.due_to else _by_month(today)
    wanted = _wanted(filters, whole, late)

    def within(condition: ColumnElement[bool], figure: Any) -> Any:
        return func.sum(case((condition, figure), else_=0))

    return (
        select(
            PeriodTotal.kind,
            PeriodTotal.currency,
            within(whole, PeriodTotal.documents).label("documents"),
            within(late, PeriodTotal.documents).label("late"),
            within(wanted, PeriodTotal.documents).label("many"),
            within(wanted, PeriodTotal.total_minor).label("total"),
            within(wanted, PeriodTotal.balance_minor).label("owed"),
        )
        .where(PeriodTotal.business_id == business_id, PeriodTotal.kind.in_(STAGES), pool)
        .group_by(PeriodTotal.kind, PeriodTotal.currency)
    )


Conditions = tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]


def _by_day(today: date) -> Conditions:
    """Which rows are read, which of them are all documents, and which are the overdue ones, when days matter."""
    return PeriodTotal.span == "day", true(), and_(PeriodTotal.kind == "owed", PeriodTotal.day < today)


def _by_month(today: date) -> Conditions:
    """The same from months, and from the days of this one that are over."""
    first = today.replace(day=1)
    months, days = PeriodTotal.span == "month", PeriodTotal.span == "day"
    over = and_(days, PeriodTotal.kind == "owed", PeriodTotal.day >= first, PeriodTotal.day < today)
    late = and_(PeriodTotal.kind == "owed", or_(days, PeriodTotal.day < first))
    return or_(months, over), months, late


def _wanted(filters: Filters, whole: ColumnElement[bool], late: ColumnElement[bool]) -> ColumnElement[bool]:
    found = [late if filters.view == "overdue" else whole]
    if filters.view in KINDS:
        found.append(PeriodTotal.kind == KINDS[filters.view])
    if filters.currency:
        found.append(PeriodTotal.currency == filters.currency)
    if filters.due_from:
        found.append(PeriodTotal.day >= filters.due_from)
    if filters.due_to:
        found.append(PeriodTotal.day <= filters.due_to)
    return and_(*found)
