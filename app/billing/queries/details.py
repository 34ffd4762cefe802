"""The things of one subscription as its page lists them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from app.billing.queries.standings import price_day
from app.billing.queries.subscriptions import Agreement, offers_of, tariff_for
from app.billing.queries.waiting import waiting_share
from app.billing.rules.charging import Item, Tariff, price_of, worth
from app.billing.rules.prorating import Share
from app.catalog.rules import shown_price
from app.errors import Invalid
from app.money import MAX_MINOR, Money


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that is paid for. `unit_price` in major units and `amount`, before taxes, are None without a price;
    `amount` also for more than can be billed. `share`: the days it bills of another thing, of how many."""

    item: Item
    unit_price: Decimal | None
    amount: Money | None
    over: bool
    share: Share | None = None

    @property
    def each(self) -> Money | None:
        """The price of one; None when it is finer than the smallest coin."""
        return (
            shown_price(self.unit_price, self.amount.currency) if self.unit_price is not None and self.amount else None
        )

    @property
    def of_plan(self) -> bool:
        """Whether it follows the price of its plan."""
        return self.item.price is None


def things(business_id: uuid.UUID, one: Agreement, today: date) -> list[Thing]:
    """What a subscription is made of, with the prices that hold today, or on its first or last day."""
    tariff = tariff_for(one.row, offers_of(business_id, [one]), "en")
    shown = (item for item in one.items if item.until is None or item.until > item.since)
    terms = one.terms()
    return [replace(_thing(item, one, tariff, today), share=waiting_share(item, terms)) for item in shown]


def _thing(item: Item, one: Agreement, tariff: Tariff, today: date) -> Thing:
    on = item.since if item.once else max(item.since, price_day(one, today))
    if item.until is not None and item.until <= on:
        on = item.until - timedelta(days=1)
    over = item.until is not None and item.until <= today
    try:
        price = price_of(item, on, tariff)
    except Invalid:
        return Thing(item, None, None, over)
    minor = worth(item, price, tariff.currency)
    return Thing(item, price, Money(minor, tariff.currency) if abs(minor) <= MAX_MINOR else None, over)
