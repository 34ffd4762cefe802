"""How recurring revenue came from the beginning of a month to its end, and how much of it stayed. Pure.

A client is compared at both ends of a month, in one currency: whoever paid nothing before and pays now is new, or has
come back; whoever pays nothing any more has left; the others pay more or less. Amounts are minor units a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from app.billing.rules.recurring import Account


@dataclass(slots=True)
class Movement:
    """One month (by its first day). `closing` is `opening` with the five movements; `churned` and `contraction` are
    counted as what they take away, so above zero. `customers` are those at the end."""

    month: date
    opening: int = 0
    new: int = 0
    reactivated: int = 0
    expansion: int = 0
    contraction: int = 0
    churned: int = 0
    closing: int = 0
    customers_before: int = 0
    customers_new: int = 0
    customers_back: int = 0
    customers_lost: int = 0
    customers: int = 0

    @property
    def net(self) -> int:
        """By how much it grew."""
        return self.closing - self.opening

    @property
    def customer_churn(self) -> Decimal | None:
        """Percent of the customers at the beginning who left."""
        return percent(self.customers_lost, self.customers_before)

    @property
    def money_churn(self) -> Decimal | None:
        """Percent of the revenue at the beginning that was lost: by leaving and by paying less."""
        return percent(self.churned + self.contraction, self.opening)

    @property
    def gross_retention(self) -> Decimal | None:
        """Percent of the revenue at the beginning that stayed."""
        return percent(self.opening - self.churned - self.contraction, self.opening)

    @property
    def net_retention(self) -> Decimal | None:
        """The same with what those customers pay more; new ones and those that came back are not in it."""
        return percent(self.opening - self.churned - self.contraction + self.expansion, self.opening)

    def count(self, before: int, after: int, known: bool) -> None:
        """Take in what one client began, ended or changed: what they paid at either end, and whether they had ever paid
        by the beginning."""
        if before and after:
            self.expansion += max(after - before, 0)
            self.contraction += max(before - after, 0)
        elif before:
            self.churned += before
            self.customers_lost += 1
        elif after and known:
            self.reactivated += after
            self.customers_back += 1
        elif after:
            self.new += after
            self.customers_new += 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What those who paid at the beginning of a longer time pay at its end: `net` in all, `gross` without what is more
    than before. None when nobody paid then."""

    opening: int
    gross_minor: int
    net_minor: int

    @property
    def gross(self) -> Decimal | None:
        return percent(self.gross_minor, self.opening)

    @property
    def net(self) -> Decimal | None:
        return percent(self.net_minor, self.opening)


def movements(accounts: Iterable[Account], days: Sequence[date]) -> list[Movement]:
    """The months that lie between `days`, which are the last days of months; the last of them may be any day."""
    found = [Movement(day.replace(day=1)) for day in days[1:]]
    known = list(accounts)
    totals = [sum(column) for column in zip(*(one.minors for one in known), strict=True)] or [0] * len(days)
    paying = [sum(map(bool, column)) for column in zip(*(one.minors for one in known), strict=True)] or [0] * len(days)
    for place, movement in enumerate(found):
        movement.opening, movement.closing = totals[place], totals[place + 1]
        movement.customers_before, movement.customers = paying[place], paying[place + 1]
    for account in known:
        minors, first = account.minors, account.first
        for place, (before, after) in enumerate(pairwise(minors)):
            if before != after:
                found[place].count(before, after, first is not None and first <= days[place])
    return found


def kept(accounts: Iterable[Account]) -> Kept:
    """What stayed from the first of the days to the last."""
    pairs = [(one.minors[0], one.minors[-1]) for one in accounts if one.minors[0]]
    return Kept(
        sum(before for before, _ in pairs),
        sum(min(before, after) for before, after in pairs),
        sum(after for _, after in pairs),
    )


def percent(part: int, whole: int) -> Decimal | None:
    """How many percent, one decimal, half up; None of nothing."""
    if whole <= 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
