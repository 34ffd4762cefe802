"""That no number of a series is missing, as `flask audit` asks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from app.auth.models import Business
from app.extensions import db
from app.invoices.models import Counter, CreditNote, Invoice
from app.invoices.rules import period_key
from app.ledger.checks import stream
from app.statements import BUSINESS

_TOKENS = {"{YYYY}": r"\d{4}", "{YY}": r"\d{2}", "{MM}": r"\d{2}"}
_MOST_NAMED = 5
_PATTERNS = select(Business.number_pattern, Business.credit_note_pattern, Business.number_yearly).where(
    Business.id == BUSINESS
)
_COUNTERS = select(Counter.period, Counter.value).where(
    Counter.business_id == BUSINESS, Counter.kind == bindparam("kind")
)
_NUMBERS: dict[str, Select[Any]] = {
    kind: select(model.number, model.issue_date).where(model.business_id == BUSINESS, model.number.is_not(None))
    for kind, model in (("invoice", Invoice), ("credit_note", CreditNote))
}


def numbers_have_no_gaps(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every number the counter of invoices gave is on an invoice. See `_missing`."""
    kept = _patterns(business_id)
    yield from _missing(business_id, "invoice", kept.number_pattern, kept.number_yearly, "Numbers")


def credit_numbers_have_no_gaps(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every number the counter of credit notes gave is on a credit note. See `_missing`."""
    kept = _patterns(business_id)
    yield from _missing(
        business_id, "credit_note", kept.credit_note_pattern, kept.number_yearly, "Numbers of credit notes"
    )


def _patterns(business_id: uuid.UUID) -> Row[Any]:
    return db.session.execute(_PATTERNS, {"business_id": business_id}).one()


def _missing(business_id: uuid.UUID, kind: str, pattern: str, yearly: bool, named: str) -> Iterator[str]:
    """Numbers that a series gave and no document has.

    Numbers are read with the pattern in force; those of an earlier pattern are left alone, and the series then begins
    with the first number of this one.
    """
    counters = db.session.execute(_COUNTERS, {"business_id": business_id, "kind": kind})
    last = {period: int(value) for period, value in counters}
    current = {period: value for period, value in last.items() if (period != "all") == yearly}
    read = _reader(pattern)
    seen = {period: bytearray(value + 1) for period, value in current.items()}
    foreign: set[str] = set()
    period_of = cache(partial(period_key, yearly))
    for number, issue_date in stream(_NUMBERS[kind], business_id):
        period = period_of(issue_date)
        found = read.fullmatch(number)
        if found is None or period not in seen:
            foreign.add(period)
        elif int(found["counter"]) < len(seen[period]):
            seen[period][int(found["counter"])] = 1
    for period, marks in seen.items():
        yield from _gaps(f"{named} of period {period}", marks, mixed=period in foreign)


def _gaps(series: str, marks: bytearray, mixed: bool) -> Iterator[str]:
    first = max(marks.find(1), 1) if mixed else 1
    if mixed and 1 not in marks:
        return
    missing = [n for n in range(first, len(marks)) if not marks[n]]
    if missing:
        named = ", ".join(map(str, missing[:_MOST_NAMED])) + (" ..." if len(missing) > _MOST_NAMED else "")
        yield f"{series}: {len(missing)} missing of {len(marks) - 1} given ({named})."


def _reader(pattern: str) -> re.Pattern[str]:
    """Reads the counter out of a number that this pattern made."""
    parts = re.split(r"(\{[YM0]+\})", pattern)
    return re.compile(
        "".join(
            _TOKENS.get(part) or (r"(?P<counter>\d+)" if part.startswith("{0") else re.escape(part)) for part in parts
        )
    )
