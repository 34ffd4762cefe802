"""How many invoices stand where and what they come to, read from the totals of days and months."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, true

from app.extensions import db
from app.invoices.queries import lists
from app.invoices.queries.lists import VIEWS, Filters
from app.ledger.models import PeriodTotal
from app.money import Money
from app.statements import built

KINDS = {
    "unpaid": "owed",
    "overdue": "owed",
    "drafts": "draft",
    "paid": "paid",
    "void": "void",
    "written_off": "written_off",
}
"""The kind of total that each view but "all" shows."""
VIEW_OF = {"owed": "unpaid", "draft": "drafts", "paid": "paid", "void": "void", "written_off": "written_off"}
"""The view that counts all documents of a kind."""
TOTAL = PeriodTotal.__table__.c
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

    One statement; a second one when the filters name a client, words or what has no rate: totals do not know these.
    """
    counts: Counter[str] = Counter()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    currencies = set()
    for kind, currency, documents, late, *shown in db.session.execute(*_asked(business_id, filters, today)):
        if not documents:
            continue
        currencies.add(currency)
        counts["all"] += int(documents)
        counts["overdue"] += int(late)
        counts[VIEW_OF[kind]] += int(documents)
        for place, figure in enumerate(shown):
            sums[currency][place] += int(figure)
    if filters.client_id or filters.unrated or filters.text.strip():
        found = lists.sums(business_id, filters, today)
    else:
        found = [
            (many, Money.total(total, currency), Money.total(owed, currency))
            for currency, (many, total, owed) in sums.items() if many
        ]  # fmt: skip
        found.sort(key=lambda one: (-one[0], one[1].currency))
    return Overview({view: counts[view] for view in VIEWS}, found, sorted(currencies))


def _asked(business_id: uuid.UUID, filters: Filters, today: date) -> tuple[Select[Any], dict[str, Any]]:
    """The statement and what it is given."""
    given = {"currency": filters.currency, "due_from": filters.due_from, "due_to": filters.due_to}
    days = bool(filters.due_from or filters.due_to)
    values = {"business_id": business_id, "today": today} | ({} if days else {"first": today.replace(day=1)})
    statement = _totals(filters.view, days, *map(bool, given.values()))
    return statement, values | {name: value for name, value in given.items() if value}


@cache
def _totals(view: str, days: bool, currency: bool, due_from: bool, due_to: bool) -> Select[Any]:
    """The statement for this kind of filters. `days` reads from days, else from months and the days of this one."""
    pool, whole, late = _by_day() if days else _by_month()
    wanted = [late if view == "overdue" else whole]
    if view in KINDS:
        wanted.append(TOTAL.kind == KINDS[view])
    if currency:
        wanted.append(TOTAL.currency == bindparam("currency"))
    if due_from:
        wanted.append(TOTAL.day >= bindparam("due_from"))
    if due_to:
        wanted.append(TOTAL.day <= bindparam("due_to"))
    shown = and_(*wanted)
    return built(
        select(
            TOTAL.kind,
            TOTAL.currency,
            _within(whole, TOTAL.documents).label("documents"),
            _within(late, TOTAL.documents).label("late"),
            _within(shown, TOTAL.documents).label("many"),
            _within(shown, TOTAL.total_minor).label("total"),
            _within(shown, TOTAL.balance_minor).label("owed"),
        )
        .where(TOTAL.business_id == bindparam("business_id"), TOTAL.kind.in_(STAGES), pool)
        .group_by(TOTAL.kind, TOTAL.currency)
    )


def _within(condition: ColumnElement[bool], figure: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(case((condition, figure), else_=0))


Conditions = tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]


def _by_day() -> Conditions:
    """Which rows are read, which of them are all documents, and which are the overdue ones, when days matter."""
    return TOTAL.span == "day", true(), and_(TOTAL.kind == "owed", TOTAL.day < bindparam("today"))


def _by_month() -> Conditions:
    """The same from months, and from the days of this one that are over."""
    first, today = bindparam("first"), bindparam("today")
    months, days = TOTAL.span == "month", TOTAL.span == "day"
    over = and_(days, TOTAL.kind == "owed", TOTAL.day >= first, TOTAL.day < today)
    late = and_(TOTAL.kind == "owed", or_(days, TOTAL.day < first))
    return or_(months, over), months, late
