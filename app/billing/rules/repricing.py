"""What a new price of a plan changes, for whom and from which day on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.billing.rules.calendar import Cycle
from app.billing.rules.plans import PriceValues, price_on
from app.money import Money

MEAN_MONTH = Fraction(146097, 4800)
"""Days: 400 years have 146,097 of them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A new price beside what holds on its day without it (`before`, None when nothing does).

    `replaced` was planned for the same day and is taken away; `also` are other prices that customers of earlier days
    still pay then; `after` is a later price that takes the new one's place.
    """

    new: PriceValues
    before: PriceValues | None
    replaced: PriceValues | None
    also: tuple[PriceValues, ...]
    after: PriceValues | None

    @property
    def difference(self) -> Money | None:
        """How much more a period costs; None without a price before."""
        return None if self.before is None else price_money(self.new) - price_money(self.before)

    @property
    def setup_difference(self) -> Money | None:
        """How much more setting up costs; None without a price before."""
        return None if self.before is None else setup_money(self.new) - setup_money(self.before)

    @property
    def mark(self) -> str:
        """What a person decided on: another mark means that the prices changed since they looked."""
        return ";".join(_mark(one) for one in (self.before, self.replaced, *self.also, self.after))


@dataclass(frozen=True, slots=True)
class Standing:
    """The prices of a plan in one currency: what holds today (None: nothing yet) and what is to come, by day."""

    currency: str
    now: PriceValues | None
    coming: tuple[PriceValues, ...]


def effect(prices: Sequence[PriceValues], new: PriceValues) -> Effect:
    """What `new` would change among the prices there are."""
    mine = [one for one in prices if one.currency == new.currency]
    replaced = next((one for one in mine if one.since == new.since), None)
    others = [one for one in mine if one is not replaced]
    before = price_on(others, new.currency, new.since) or replaced
    paid = [price_on(others, new.currency, new.since, one.since) for one in others if one.since <= new.since]
    also = tuple(one for one in dict.fromkeys(paid) if one is not None and one != before)
    after = min((one for one in mine if one.since > new.since), key=lambda one: one.since, default=None)
    return Effect(new, before, replaced if replaced is not before else None, also, after)


def stands(prices: Sequence[PriceValues], new: PriceValues) -> bool:
    """Whether this very price was set already."""
    return any(one.currency == new.currency and _mark(one) == _mark(new) for one in prices)


def standings(prices: Sequence[PriceValues], today: date) -> list[Standing]:
    """The prices of a plan by currency, as they stand for who begins today."""
    found = []
    for currency in sorted({one.currency for one in prices}):
        mine = [one for one in prices if one.currency == currency]
        coming = sorted((one for one in mine if one.since > today), key=lambda one: one.since)
        found.append(Standing(currency, price_on(mine, currency, today), tuple(coming)))
    return found


def price_money(price: PriceValues) -> Money:
    """What a period costs."""
    return Money.of(price.price, price.currency)


def setup_money(price: PriceValues) -> Money:
    """What setting up costs, once."""
    return Money.of(price.setup_price, price.currency)


def monthly(minor: int, cycle: Cycle) -> Fraction:
    """What an amount for one period comes to in a month, in minor units; of cycles in days the mean month counts."""
    months = Fraction(cycle.months) if cycle.months else cycle.days / MEAN_MONTH
    return minor / months


def _mark(price: PriceValues | None) -> str:
    if price is None:
        return ""
    return f"{price.since} {price_money(price).minor} {setup_money(price).minor} {'all' if price.for_all else 'new'}"
