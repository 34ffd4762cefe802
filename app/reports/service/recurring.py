"""Figures of recurring revenue and of getting paid, as pages, exports and the API read them; they change nothing.

They are computed from facts each time: nothing of them is stored, so nothing of them can be out of date.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from app.auth.models import Business
from app.auth.queries import get_business
from app.billing.queries import plans_by_id
from app.billing.queries.recurring import Revenue, revenue, subscribed_at_all
from app.billing.rules.movements import Kept, Movement, kept, movements
from app.billing.rules.recurring import MONTHS_A_YEAR, closing_days
from app.billing.service.forecasting import coming
from app.ledger.queries import find_quote
from app.money import Money, round_half_up
from app.reports import collecting
from app.reports.paying import AHEAD, Expected, PaidMonth, Recovered, expected, outstanding_days
from app.reports.rules import MONTHS, first_of_month

PAID_MONTHS = 6
"""Days to pay are told for so many months, this one included: a year would take as long as the rest of the page."""
RECENT_DAYS = 90
"""Steps of the ladder, and sales for outstanding days, are looked at over so many days."""


@dataclass(frozen=True, slots=True)
class PlanShare:
    """What one plan (None: what is in no plan) is a month today, in minor units, and in how many subscriptions."""

    name: str | None
    plan_id: uuid.UUID | None
    minor: int
    subscriptions: int


@dataclass(frozen=True, slots=True)
class RecurringFigures:
    """One currency; amounts are minor units, before taxes. The last of `months` ends today.

    `year` is what became of those who paid twelve months ago. `unpriced` things have no price and are not in it.
    """

    currency: str
    months: tuple[Movement, ...]
    year: Kept
    plans: tuple[PlanShare, ...]
    unpriced: int

    @property
    def mrr(self) -> int:
        return self.months[-1].closing

    @property
    def arr(self) -> int:
        return MONTHS_A_YEAR * self.mrr

    @property
    def customers(self) -> int:
        return self.months[-1].customers

    @property
    def each(self) -> int | None:
        """What a customer pays a month on average, rounded half up to the minor unit."""
        return round_half_up(Fraction(self.mrr, self.customers)) if self.customers else None

    @property
    def last_month(self) -> Movement | None:
        """The last month that is over."""
        return self.months[-2] if len(self.months) > 1 else None


@dataclass(frozen=True, slots=True)
class Recurring:
    """All currencies, the business's own first. `together` is what they come to in it at today's rates, None where
    there is but one; `without_rate` are not in that. `any` says whether there ever was a subscription."""

    today: date
    currencies: tuple[RecurringFigures, ...]
    together: Money | None
    without_rate: tuple[str, ...]
    any: bool

    def of(self, currency: str) -> RecurringFigures | None:
        """The figures in a currency; of the first one when there are none in it."""
        found = (one for one in self.currencies if one.currency == currency)
        return next(found, self.currencies[0] if self.currencies else None)


def recurring_figures(business_id: uuid.UUID, today: date, months: int = MONTHS) -> Recurring:
    """Recurring revenue today, and how it came about in the last months, this one included. Raises NotFound."""
    business = get_business(business_id)
    days = closing_days(today, months)
    found = revenue(business_id, days, business.timezone)
    plan_ids = {plan_id for one in found.values() for plan_id in one.plans if plan_id}
    names = {plan.id: plan.name for plan in plans_by_id(business_id, plan_ids).values()} if plan_ids else {}
    order = sorted(found, key=lambda code: (code != business.currency, code))
    figures = tuple(_figures(found[code], days, names) for code in order)
    together, without = _together(business, figures, today)
    return Recurring(today, figures, together, without, bool(found) or subscribed_at_all(business_id))


def _figures(one: Revenue, days: list[date], names: dict[uuid.UUID, str]) -> RecurringFigures:
    accounts = list(one.accounts.values())
    plans = [
        PlanShare(names[plan_id] if plan_id else None, plan_id, minor, len(one.holders[plan_id]))
        for plan_id, minor in one.plans.items()
    ]
    plans.sort(key=lambda plan: (-plan.minor, plan.name or ""))
    return RecurringFigures(one.currency, tuple(movements(accounts, days)), kept(accounts), tuple(plans), one.unpriced)


def _together(
    business: Business, figures: tuple[RecurringFigures, ...], today: date
) -> tuple[Money | None, tuple[str, ...]]:
    """All in the business's currency, and the currencies that have no rate to it."""
    others = [one for one in figures if one.currency != business.currency and one.mrr]
    if not others:
        return None, ()
    quotes = {one.currency: find_quote(business.id, one.currency, business.currency, today) for one in others}
    own = sum(one.mrr for one in figures if one.currency == business.currency)
    worth = sum(quote.rate.worth(one.mrr) for one in others if (quote := quotes[one.currency]))
    return Money.total(own + worth, business.currency), tuple(code for code, quote in quotes.items() if quote is None)


@dataclass(frozen=True, slots=True)
class Collecting:
    """Money expected in each currency, how long customers took, and what each step of the ladder brought.

    `outstanding`: {currency: days of sales outstanding}. `steps` went out from `since` on.
    """

    today: date
    expected: tuple[Expected, ...]
    paid: tuple[PaidMonth, ...]
    outstanding: dict[str, Decimal]
    steps: tuple[Recovered, ...]
    since: date


def collecting_figures(business_id: uuid.UUID, today: date, months: int = PAID_MONTHS) -> Collecting:
    """What is expected in the next 90 days, and what the last months and reminders tell. Raises NotFound."""
    business = get_business(business_id)
    owed = collecting.owed_by_day(business_id)
    to_come: dict[str, dict[date, int]] = defaultdict(dict)
    for (currency, day), minor in coming(business, today, today + timedelta(days=AHEAD[-1])).items():
        to_come[currency][day] = minor
    order = sorted({*owed, *to_come}, key=lambda code: (code != business.currency, code))
    since = today - timedelta(days=RECENT_DAYS - 1)
    billed = collecting.billed_since(business_id, since, today)
    return Collecting(
        today,
        tuple(expected(code, owed.get(code, {}), to_come.get(code, {}), today) for code in order),
        tuple(collecting.paid_by_month(business_id, business.timezone, first_of_month(today, months - 1), today)),
        {
            code: days
            for code, minor in sorted(billed.items())
            if (days := outstanding_days(sum(owed.get(code, {}).values()), minor, RECENT_DAYS)) is not None
        },
        tuple(collecting.recovered(business_id, business.timezone, since, today)),
        since,
    )
