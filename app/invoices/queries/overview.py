"""How many invoices stand where and what they come to, read from the totals per day."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true

from app.extensions import db
from app.invoices.queries import lists
from app.invoices.queries.lists import VIEWS, Filters
from app.ledger.models import DayTotal
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

    One statement; a second one when the filters name a client or words, which totals per day do not know.
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


def _totals(business_id: uuid.UUID, filters: Filters, today: date) -> Any:
    late = and_(DayTotal.kind == "owed", DayTotal.day < today)
    wanted = _wanted(filters, late)

    def within(condition: ColumnElement[bool], figure: Any) -> Any:
        return func.sum(case((condition, figure), else_=0))

    return (
        select(
            DayTotal.kind,
            DayTotal.currency,
            func.sum(DayTotal.documents).label("documents"),
            within(late, DayTotal.documents).label("late"),
            within(wanted, DayTotal.documents).label("many"),
            within(wanted, DayTotal.total_minor).label("total"),
            within(wanted, DayTotal.balance_minor).label("owed"),
        )
        .where(DayTotal.business_id == business_id, DayTotal.kind.in_(STAGES))
        .group_by(DayTotal.kind, DayTotal.currency)
    )


def _wanted(filters: Filters, late: ColumnElement[bool]) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = [true()]
    if filters.view == "overdue":
        found.append(late)
    elif filters.view != "all":
        found.append(DayTotal.kind == KINDS[filters.view])
    if filters.currency:
        found.append(DayTotal.currency == filters.currency)
    if filters.due_from:
        found.append(DayTotal.day >= filters.due_from)
    if filters.due_to:
        found.append(DayTotal.day <= filters.due_to)
    return and_(*found)
