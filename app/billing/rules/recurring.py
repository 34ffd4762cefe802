"""What is paid again and again, brought to a month of so many days: the recurring revenue of things on any day. Pure.

Amounts are minor units a month, less discounts and before taxes. Each thing is rounded by itself, half up, so that
whatever is added up of them afterwards is exact.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from app.billing.rules.calendar import Cycle
from app.billing.rules.charging import Discount, Item, worth
from app.billing.rules.periods import Span
from app.billing.rules.plans import PriceValues
from app.money import MAX_MINOR, round_half_up

DAYS_A_YEAR, MONTHS_A_YEAR = 365, 12
NOBODY = uuid.UUID(int=0)
Step = tuple[date, int | None]
"""From a day on, so much a month; None is more than can be billed."""


class Stretch(NamedTuple):
    """So much a month, from `start` up to and without `end`."""

    start: date
    end: date | None
    minor: int


class Agreed(NamedTuple):
    """What is paid every cycle for one thing, in major units for one; `price` None is that of its plan."""

    currency: str
    cycle_unit: str
    cycle_count: int
    quantity: Decimal
    price: Decimal | None = None
    plan_id: uuid.UUID | None = None
    discount: Discount | None = None


def monthly(minor: int, cycle: Cycle) -> int:
    """What an amount for one cycle is a month: months by their number, days and weeks by 365 ÷ 12 days a month."""
    if cycle.months:
        return round_half_up(Fraction(minor, cycle.months))
    return round_half_up(Fraction(minor * DAYS_A_YEAR, MONTHS_A_YEAR * cycle.days))


@dataclass(slots=True)
class Worth:
    """What things that were agreed on alike are a month. Thousands share few prices, so each is worked out once."""

    agreed: Agreed
    prices: Sequence[PriceValues] = ()
    _known: dict[int, tuple[Step, ...]] = field(default_factory=dict)

    def steps(self, agreed_on: date) -> tuple[Step, ...]:
        """From which day on a thing is how much a month; empty without a price in its currency.

        A price of a plan counts from its day on; before its first one the first counts, as the agreement is older than
        the list of prices.
        """
        # Prices for new subscriptions only are all that differs between things of one plan.
        mine = sum(1 for one in self.prices if not one.for_all and one.since <= agreed_on)
        if mine not in self._known:
            self._known[mine] = tuple(self._steps(agreed_on))
        return self._known[mine]

    def _steps(self, since: date) -> Iterator[Step]:
        agreed, begun = self.agreed, [(date.min, self.agreed.price)]
        if agreed.price is None:
            begun = [
                (one.since, one.price)
                for one in sorted(self.prices, key=lambda one: one.since)
                if one.currency == agreed.currency and (one.for_all or one.since <= since)
            ]
        item = Item(NOBODY, "", agreed.quantity, since, discount=agreed.discount)
        cycle = Cycle(agreed.cycle_unit, agreed.cycle_count)
        for begins, price in begun:
            assert price is not None
            minor = max(worth(item, price, agreed.currency), 0)
            yield begins, monthly(minor, cycle) if minor <= MAX_MINOR else None


def stretches(steps: Sequence[Step], since: date, until: date | None, paid: Iterable[Span]) -> Iterator[Stretch]:
    """What a thing is a month from `since` up to and without `until`, on the days that are paid for."""
    for span in paid:
        start = max(since, span.start)
        end = _earlier(until, span.end)
        for place, (begins, minor) in enumerate(steps):
            first = begins if place and begins > start else start
            last = _earlier(end, steps[place + 1][0]) if place + 1 < len(steps) else end
            if minor is not None and (last is None or first < last):
                yield Stretch(first, last, minor)


def known_on(steps: Sequence[Step], on: date) -> bool:
    """Whether it can be told what a thing is a month on a day."""
    place = max(sum(1 for begins, _ in steps if begins <= on), 1)
    return bool(steps) and steps[place - 1][1] is not None


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


@dataclass(slots=True)
class Account:
    """What one client pays a month on each of some days, and since when they pay anything."""

    minors: list[int]
    first: date | None = None

    def add(self, one: Stretch, days: Sequence[date]) -> None:
        """Take in a stretch of this client; `days` are in order."""
        if one.minor and (self.first is None or one.start < self.first):
            self.first = one.start
        until = len(days) if one.end is None else bisect_left(days, one.end)
        for place in range(bisect_left(days, one.start), until):
            self.minors[place] += one.minor


def closing_days(today: date, months: int) -> list[date]:
    """The days figures are taken on: the last day of each month, the one before the first month first, today last."""
    number = today.year * 12 + today.month - 1
    firsts = (date((number - back) // 12, (number - back) % 12 + 1, 1) for back in range(months - 1, -1, -1))
    return [*(first - timedelta(days=1) for first in firsts), today]
