"""When billing periods begin and end. Every date is counted from the anchor, never from the date before it. Pure.

Dates are days in the business's time zone. A period is written (start, end) with the end outside: the end of one is
the start of the next, and what people read as "1 to 31 March" is (1 March, 1 April).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.errors import Invalid

Unit = Literal["day", "week", "month", "year"]
MOST: dict[str, int] = {"day": 366, "week": 52, "month": 36, "year": 5}
"""How many units a cycle may have."""
LAST_DAY = 31
"""The day of a month that means its last, in every month."""
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Cycle:
    """Every `count` days, weeks, months or years; a quarter is every 3 months. Raises Invalid for anything else."""

    unit: str
    count: int = 1

    def __post_init__(self) -> None:
        if self.unit not in MOST:
            raise Invalid("cycle_unit", "Choose days, weeks, months or years.")
        if not 1 <= self.count <= MOST[self.unit]:
            raise Invalid("cycle_count", f"Choose 1 to {MOST[self.unit]} {self.unit}s.")

    @property
    def months(self) -> int:
        """Its length in months; 0 when it is counted in days."""
        return _MONTHS.get(self.unit, 0) * self.count

    @property
    def days(self) -> int:
        """Its length in days; 0 when it is counted in months."""
        return _DAYS.get(self.unit, 0) * self.count


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to and without `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Periods without a beginning or an end: `anchor` begins one of them, which has the number 0.

    `day` is the day of the month that is wished for (1 to 31, where 31 is the last): where a month is too short its
    last day takes its place, in that month only. It says nothing for cycles of days and weeks.
    """

    cycle: Cycle
    anchor: date
    day: int

    def begins(self, number: int) -> date:
        """The first day of a period. Raises Invalid beyond the years a date can have."""
        try:
            if days := self.cycle.days:
                return self.anchor + timedelta(days=number * days)
            return in_month(self.anchor.year, self.anchor.month + number * self.cycle.months, self.day)
        except (OverflowError, ValueError):
            raise Invalid("starts_on", "This date is too far away.") from None

    def period(self, number: int) -> Period:
        return Period(self.begins(number), self.begins(number + 1))

    def number(self, day: date) -> int:
        """Which period a day lies in."""
        if days := self.cycle.days:
            return (day - self.anchor).days // days
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        guess = months // self.cycle.months
        return guess if self.begins(guess) <= day else guess - 1


def in_month(year: int, month: int, day: int) -> date:
    """That day of a month, or the month's last where it is shorter; months go on beyond 12 and below 1.

    Raises ValueError beyond the years a date can have.
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return date(year, month, min(day, monthrange(year, month)[1]))


def rhythm_from(cycle: Cycle, start: date, *, day: int | None = None, month: int | None = None) -> Rhythm:
    """The rhythm of something that begins on `start`.

    Without `day` periods begin where it began (anniversary): on the day of the month, the weekday, the date. With it
    they begin on a fixed day of the calendar, the first on or after `start`: the day of the month (1 to 31; 31 is
    always the last), or the weekday (1 is Monday) for weeks. `month` (1 to 12) is a month in which a cycle of several
    months begins; without it any month will do. Raises Invalid on `anchor_day` and `anchor_month`.
    """
    if cycle.unit == "day":
        return Rhythm(cycle, start, start.day)
    if cycle.unit == "week":
        if day is not None and not 1 <= day <= 7:
            raise Invalid("anchor_day", "Choose a day of the week.")
        ahead = 0 if day is None else (day - start.isoweekday()) % 7
        return Rhythm(cycle, start + timedelta(days=ahead), start.day)
    if day is None:
        return Rhythm(cycle, start, start.day)
    if not 1 <= day <= LAST_DAY:
        raise Invalid("anchor_day", "Choose a day from 1 to 31; 31 is the last day of every month.")
    if month is not None and not 1 <= month <= 12:
        raise Invalid("anchor_month", "Choose a month.")
    every = cycle.months if month is not None else 1
    for ahead in range(every + 12):
        begins = in_month(start.year, start.month + ahead, day)
        if begins >= start and (month is None or (begins.month - month) % gap(every) == 0):
            return Rhythm(cycle, begins, day)
    raise Invalid("anchor_month", "Choose a month.")


def gap(months: int) -> int:
    """How many months lie between two months of the year in which a cycle of so many months may begin."""
    return months if 12 % months == 0 else 12
