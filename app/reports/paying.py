"""How long customers take to pay, and when money is expected. Pure; amounts are minor units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

AHEAD = (30, 60, 90)
"""Expected money is told for so many days ahead."""
WITHIN = 7
"""Money that comes within so many days after a reminder counts as brought by it."""
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Band:
    """What is due from a day to a day, both included: on invoices that are open, and on those that are to come."""

    first: date
    last: date
    open_minor: int
    coming_minor: int

    @property
    def total(self) -> int:
        return self.open_minor + self.coming_minor


@dataclass(frozen=True, slots=True)
class Expected:
    """One currency: what is overdue stands by itself, for nobody knows when it comes."""

    currency: str
    overdue: int
    bands: tuple[Band, ...]
    so_far: tuple[int, ...]
    """What the bands come to up to each of them."""


def expected(currency: str, owed: Mapping[date, int], coming: Mapping[date, int], today: date) -> Expected:
    """Plain sums by the day they are due. `owed` are balances of open invoices, `coming` invoices not made yet."""
    bands, so_far, first = [], [], today
    for days in AHEAD:
        last = today + timedelta(days=days)
        parts = (sum(minor for day, minor in each.items() if first <= day <= last) for each in (owed, coming))
        bands.append(Band(first, last, *parts))
        so_far.append(sum(band.total for band in bands))
        first = last + timedelta(days=1)
    overdue = sum(minor for day, minor in owed.items() if day < today)
    return Expected(currency, overdue, tuple(bands), tuple(so_far))


@dataclass(slots=True)
class PaidMonth:
    """Invoices that were paid off in a month: {days: how many} from their day of issue, and from the day they were due
    (below zero: before it)."""

    month: date
    issued: Counter[int] = field(default_factory=Counter)
    due: Counter[int] = field(default_factory=Counter)

    def count(self, from_issue: int, from_due: int, number: int) -> None:
        """Take in so many invoices. Paid before the day of issue is paid on it."""
        self.issued[max(from_issue, 0)] += number
        self.due[from_due] += number

    @property
    def invoices(self) -> int:
        return self.issued.total()


def average(counted: Mapping[int, int]) -> Decimal | None:
    """The mean, one decimal; None of nothing."""
    number = sum(counted.values())
    if not number:
        return None
    return (Decimal(sum(value * many for value, many in counted.items())) / number).quantize(TENTH, ROUND_HALF_UP)


def median(counted: Mapping[int, int]) -> Decimal | None:
    """The value in the middle, of two the mean of both; one decimal, None of nothing."""
    number = sum(counted.values())
    if not number:
        return None
    middle = [_at(counted, (number - 1) // 2), _at(counted, number // 2)]
    return (Decimal(sum(middle)) / 2).quantize(TENTH, ROUND_HALF_UP)


def outstanding_days(owed: int, billed: int, days: int) -> Decimal | None:
    """Days of sales outstanding: what is owed, in days of what was billed in the last so many days."""
    if billed <= 0:
        return None
    return (Decimal(owed) * days / Decimal(billed)).quantize(TENTH, ROUND_HALF_UP)


def _at(counted: Mapping[int, int], place: int) -> int:
    """The value at a place of all of them in order."""
    passed = 0
    for value in sorted(counted):
        passed += counted[value]
        if place < passed:
            return value
    raise IndexError(place)


@dataclass(slots=True)
class Recovered:
    """One step of the ladder: how often it went out, and what was paid after it, by currency in minor units."""

    kind: str
    days: int
    wording: str
    sent: int = 0
    paid: int = 0
    amounts: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> Decimal | None:
        """Percent of them that money came after."""
        return (Decimal(self.paid) * 100 / self.sent).quantize(TENTH, ROUND_HALF_UP) if self.sent else None


def by_step(rows: Iterable[tuple[str, int, str, str, int, int, int]]) -> list[Recovered]:
    """The steps by their day, of (kind, days, wording, currency, how often sent, after how many money came, amount)."""
    found: dict[tuple[int, str, str], Recovered] = {}
    for kind, days, wording, currency, sent, paid, minor in rows:
        one = found.setdefault((days, kind, wording), Recovered(kind, days, wording))
        one.sent += sent
        one.paid += paid
        if minor:
            one.amounts[currency] = one.amounts.get(currency, 0) + minor
    return [found[key] for key in sorted(found)]


@lru_cache(maxsize=64)
def offsets(timezone: str, first: date, last: date) -> Sequence[tuple[datetime, int]]:
    """By how many seconds a wall clock is ahead of UTC, and since when; the first holds before these days, too."""
    zone = ZoneInfo(timezone)
    found: list[tuple[datetime, int]] = []
    at = datetime.combine(first, time(), UTC) - timedelta(days=1)
    end = datetime.combine(last, time(), UTC) + timedelta(days=2)
    while at <= end:
        ahead = _ahead(zone, at)
        if not found:
            found.append((at, ahead))
        elif ahead != found[-1][1]:
            found.append((_changed(zone, at - timedelta(days=1), at), ahead))
        at += timedelta(days=1)
    return tuple(found)


def _changed(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute between the two from which on the clock stands as it does after."""
    ahead = _ahead(zone, after)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=((after - before) // timedelta(minutes=1)) // 2)
        before, after = (before, middle) if _ahead(zone, middle) == ahead else (middle, after)
    return after


def _ahead(zone: ZoneInfo, at: datetime) -> int:
    moved = at.astimezone(zone).utcoffset()
    assert moved is not None
    return int(moved.total_seconds())
