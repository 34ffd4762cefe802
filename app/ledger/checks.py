"""What must hold in the journal, as `flask audit` asks: one statement, and a sentence per violation.

Each statement is put together once per process, stands above its check and is asked with the id of the business.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, and_, func, or_, select, union_all

from app.extensions import db
from app.ledger.models import JournalEntry, JournalLine, PeriodTotal
from app.ledger.queries import recounted_totals
from app.money import UnknownCurrency, exponent
from app.statements import BUSINESS, built

BATCH = 2_000


def uneven(*sides: Select[Any]) -> Select[Any]:
    """Keys whose sides do not cancel out. Each side selects the same keys and, last, an amount in minor units."""
    together = union_all(*sides).subquery()
    *keys, amount = together.c
    difference = func.sum(amount)
    return select(*keys, difference.label("difference")).group_by(*keys).having(difference != 0).order_by(*keys)


def uneven_in_any(keys: int, *sides: Select[Any]) -> Select[Any]:
    """The same for several amounts in one pass: each side selects so many keys, then its amounts.

    A key is told with all of them (`off_0`, `off_1` ...) when any of them does not cancel out.
    """
    together = list(union_all(*sides).subquery().c)
    sums = [func.sum(amount) for amount in together[keys:]]
    named = [difference.label(f"off_{place}") for place, difference in enumerate(sums)]
    query = select(*together[:keys], *named).group_by(*together[:keys])
    return query.having(or_(*(difference != 0 for difference in sums))).order_by(*together[:keys])


def stream(statement: Select[Any] | CompoundSelect[Any], business_id: uuid.UUID) -> Iterator[Row[Any]]:
    """What a business answers, row by row as they come, never all of them at once."""
    yield from db.session.execute(statement, {"business_id": business_id}, execution_options={"yield_per": BATCH})


def spelled(minor: int | Decimal, currency: str) -> str:
    """An amount in a sentence, however large or odd: "-1,250.00 NGN"."""
    try:
        places = exponent(currency)
    except UnknownCurrency:
        places = 0
    return f"{Decimal(int(minor)).scaleb(-places):,f} {currency}"


_MINE = JournalLine.business_id == BUSINESS
_LINES = select(JournalLine.entry_id, JournalLine.currency, JournalLine.amount_minor).where(_MINE)
_UNBALANCED = built(uneven(_LINES))


def entries_balance(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Debits and credits of every entry cancel out in each currency."""
    for row in stream(_UNBALANCED, business_id):
        yield f"Entry {row.entry_id} does not balance: {spelled(row.difference, row.currency)} is left over."


_VALUED = and_(_MINE, JournalLine.base_minor.is_not(None))
_WORTHS = select(JournalLine.entry_id, JournalLine.base_currency, JournalLine.base_minor).where(_VALUED)
_UNBALANCED_IN_BASE = built(uneven(_WORTHS))
_OF_ITS_OWN_KIND = built(
    select(JournalLine.entry_id).distinct().where(_VALUED, JournalLine.base_currency == JournalLine.currency)
)


def entries_balance_in_base(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What the lines of an entry are worth in the base currency cancels out as well; nothing is worth its own kind."""
    for row in stream(_UNBALANCED_IN_BASE, business_id):
        over = spelled(row.difference, row.base_currency)
        yield f"Entry {row.entry_id} does not balance in the base currency: {over} is left over."
    for row in stream(_OF_ITS_OWN_KIND, business_id):
        yield f"Entry {row.entry_id} converts a currency into itself."


# Ids alone are compared within two indexes, without a look at the rows.
_EMPTY = built(
    select(JournalEntry.id).where(
        JournalEntry.business_id == BUSINESS,
        ~select(JournalLine.entry_id).where(_MINE, JournalLine.entry_id == JournalEntry.id).exists(),
    )
)


def entries_have_lines(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No entry is empty."""
    for row in stream(_EMPTY, business_id):
        kind = db.session.scalar(select(JournalEntry.kind).filter_by(business_id=business_id, id=row.id))
        yield f"Entry {row.id} ({kind}) has no lines."


@cache
def _misses(counted: CompoundSelect[Any]) -> Select[Any]:
    """The totals that differ from what was counted, and by how much."""
    figures = (PeriodTotal.documents, PeriodTotal.total_minor, PeriodTotal.balance_minor)
    keys = (PeriodTotal.span, PeriodTotal.kind, PeriodTotal.currency, PeriodTotal.day)
    kept = select(*keys, *(-figure for figure in figures)).where(PeriodTotal.business_id == BUSINESS)
    return built(uneven_in_any(len(keys), select(*counted.subquery().c), kept))


def totals_match(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What pages show as totals is what the documents come to."""
    for row in stream(_misses(recounted_totals()), business_id):
        off = (
            f"{int(row.off_0):+} documents, {spelled(row.off_1, row.currency)}, {spelled(row.off_2, row.currency)} owed"
        )
        yield f"The {row.span}'s total of {row.kind}, {row.day}, lacks {off}: `flask recount` adds it up again."


CHECKS = (entries_balance, entries_balance_in_base, entries_have_lines, totals_match)
