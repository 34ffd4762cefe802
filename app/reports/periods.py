"""Periods that books are looked at in: whole days, both ends included. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.errors import Invalid
from app.reports.rules import first_of_month, last_of_month

NAMED = (
    ("this-month", "This month"),
    ("last-month", "Last month"),
    ("this-quarter", "This quarter"),
    ("this-year", "This year"),
)
USUAL = "last-month"
FIRST_YEAR, LAST_YEAR = 1990, 2199


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included. `name` is one of NAMED, or empty for dates of one's own."""

    first: date
    last: date
    name: str = ""


def named_period(name: str, today: date) -> Period:
    """The period of this name as it lies around today; of last month when there is no such name."""
    if name == "this-month":
        return Period(first_of_month(today), last_of_month(today), name)
    if name == "this-quarter":
        first = date(today.year, today.month - (today.month - 1) % 3, 1)
        return Period(first, last_of_month(first, 2), name)
    if name == "this-year":
        return Period(date(today.year, 1, 1), date(today.year, 12, 31), name)
    before = first_of_month(today, 1)
    return Period(before, last_of_month(before), USUAL)


def own_period(first: date, last: date) -> Period:
    """A period of two dates. Raises Invalid when it ends before it begins, or lies where nobody keeps books."""
    if last < first:
        raise Invalid("until", "The period ends before it begins: enter a later date, or an earlier one to begin with.")
    for name, day in (("since", first), ("until", last)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Invalid(name, f"Enter dates from {FIRST_YEAR} to {LAST_YEAR}.")
    return Period(first, last)
