"""What is billed in the months to come, and when it has to be paid: worked out anew each time, and nothing is kept."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from app.auth.models import Business
from app.auth.queries import get_business
from app.billing.models import Subscription
from app.billing.queries.alike import EVERYBODY, Only
from app.billing.queries.plans import plan_names
from app.billing.queries.subscriptions import named
from app.billing.rules.calendar import in_month
from app.billing.service.foreseeing import foresee
from app.money import Money

MOST_MONTHS = 12


class Cell(NamedTuple):
    """Of a month, a currency and a plan (None: without one)."""

    month: date
    currency: str
    plan_id: uuid.UUID | None


@dataclass
class Forecast:
    """What is billed by month: net by plan, taxes, and how many periods; in minor units by currency.

    `unpriced` are subscriptions of which something cannot be billed because a price is missing or it is too much.
    """

    months: list[date]
    net: Counter[Cell] = field(default_factory=Counter)
    tax: Counter[Cell] = field(default_factory=Counter)
    periods: Counter[tuple[date, str]] = field(default_factory=Counter)
    subscriptions: int = 0
    unpriced: list[Subscription] = field(default_factory=list)
    plans: dict[uuid.UUID, str] = field(default_factory=dict)

    @property
    def currencies(self) -> list[str]:
        """Those in which something is billed."""
        return sorted({currency for _, currency in self.periods})

    def net_of(self, month: date, currency: str) -> Money:
        """Before taxes, in a month."""
        return _sum(self.net, month, currency)

    def tax_of(self, month: date, currency: str) -> Money:
        """The taxes on it."""
        return _sum(self.tax, month, currency)

    def total_of(self, month: date, currency: str) -> Money:
        """With taxes, in a month."""
        return Money.total(self.net_of(month, currency).minor + self.tax_of(month, currency).minor, currency)

    def whole(self, currency: str) -> Money:
        """With taxes, in all months."""
        return Money.total(sum(self.total_of(month, currency).minor for month in self.months), currency)

    def by_plan(self, currency: str) -> list[tuple[str, Money, Money]]:
        """(plan, in the first whole month, in all months) before taxes, the largest first."""
        at = self.months[min(1, len(self.months) - 1)]
        found: dict[uuid.UUID | None, list[int]] = defaultdict(lambda: [0, 0])
        for cell, minor in self.net.items():
            if cell.currency == currency:
                found[cell.plan_id][1] += minor
                found[cell.plan_id][0] += minor if cell.month == at else 0
        rows = sorted(found.items(), key=lambda one: -one[1][1])
        return [
            (self.name(id), Money.total(next_, currency), Money.total(every, currency)) for id, (next_, every) in rows
        ]

    def name(self, plan_id: uuid.UUID | None) -> str:
        """How a plan is called."""
        return self.plans.get(plan_id, "") if plan_id else "Without a plan"


def _sum(found: Mapping[Cell, int], month: date, currency: str) -> Money:
    mine = (minor for at, minor in found.items() if (at.month, at.currency) == (month, currency))
    return Money.total(sum(mine), currency)


def forecast(business_id: uuid.UUID, today: date, months: int, only: Only = EVERYBODY) -> Forecast:
    """What is billed from today on in so many months, that one included; what is due by now counts for this month.

    Of a plan only its own lines count. Raises NotFound.
    """
    business = get_business(business_id)
    found = Forecast([in_month(today.year, today.month + ahead, 1) for ahead in range(months)])
    foreseen = foresee(business, today, in_month(today.year, today.month + months, 1) - timedelta(days=1), only)
    for bill in foreseen.bills:
        month = max(bill.billed.bill_on, today).replace(day=1)
        for plan_id, net, tax in bill.reckoned.parts:
            if only.plan_id in (None, plan_id):
                cell = Cell(month, bill.currency, plan_id)
                found.net[cell] += net * bill.times
                found.tax[cell] += tax * bill.times
        found.periods[month, bill.currency] += bill.times
    found.subscriptions = foreseen.subscriptions
    found.unpriced = named(business_id, foreseen.unpriced)
    found.plans = plan_names(business_id)
    return found


def coming(business: Business, today: date, until: date) -> dict[tuple[str, date], int]:
    """{(currency, day it is due): minor units with taxes} of what is billed as things stand now and due by a day.

    What is late to be billed is due today at the earliest.
    """
    added: dict[tuple[str, date], int] = defaultdict(int)
    for bill in foresee(business, today, until).bills:
        due = bill.billed.bill_on + timedelta(days=bill.terms_days)
        if due <= until:
            added[bill.currency, max(due, today)] += bill.reckoned.total_minor * bill.times
    return added
