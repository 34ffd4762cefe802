"""Months and comparisons on the dashboard. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

MONTHS = 12


def first_of_month(day: date, back: int = 0) -> date:
    """The first day of the month of `day`, or of so many months before it (negative: after it)."""
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def last_of_month(day: date, ahead: int = 0) -> date:
    """The last day of the month of `day`, or of so many months after it."""
    first = first_of_month(day, -ahead)
    return first.replace(day=monthrange(first.year, first.month)[1])


def last_months(today: date, number: int = MONTHS) -> list[date]:
    """The first days of the last months, this one included, oldest first."""
    return [first_of_month(today, back) for back in range(number - 1, -1, -1)]


def same_day_last_month(today: date) -> date:
    """As far into the month before as today is into this one: 31 March compares with 28 February."""
    last = last_of_month(first_of_month(today, 1))
    return last.replace(day=min(today.day, last.day))


def change(now_minor: int, before_minor: int) -> Decimal | None:
    """By how many percent it rose, one decimal; None when there is nothing to compare with."""
    if before_minor <= 0:
        return None
    percent = Decimal(now_minor - before_minor) * 100 / Decimal(before_minor)
    return percent.quantize(Decimal("0.1"), ROUND_HALF_UP)


def greeting(now: datetime, timezone: str) -> str:
    """What one says at that hour of the reader's wall clock."""
    hour = now.astimezone(ZoneInfo(timezone)).hour
    if 4 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"
