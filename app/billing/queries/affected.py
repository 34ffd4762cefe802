"""Who pays another price of a plan from a day on, and how much that is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import and_, func, or_, select

from app.billing.models import PriceNotice, Subscription, SubscriptionItem
from app.billing.queries.plans import prices_of
from app.billing.queries.subscriptions import outlines
from app.billing.rules.calendar import Cycle
from app.billing.rules.charging import Item, worth
from app.billing.rules.plans import PriceValues, price_on
from app.billing.rules.repricing import monthly
from app.clients.models import Client
from app.extensions import db
from app.money import Money, round_half_up


@dataclass(frozen=True, slots=True)
class Payer:
    """A subscription that pays another price: for a period before and from then on, less discounts, before taxes."""

    row: Subscription
    client_name: str
    item: Item
    cycle: Cycle
    before: Money
    after: Money


@dataclass(frozen=True, slots=True)
class Affected:
    """Everybody who pays another price."""

    payers: tuple[Payer, ...]
    currency: str

    @property
    def clients(self) -> list[uuid.UUID]:
        """Each client once, in the order of their ids."""
        return sorted({one.row.client_id for one in self.payers})

    @property
    def month(self) -> Money:
        """How much more comes in each month, before taxes; of periods in weeks and days in a mean month."""
        more = sum((monthly(one.after.minor - one.before.minor, one.cycle) for one in self.payers), Fraction(0))
        return Money.total(round_half_up(more), self.currency)


def affected(business_id: uuid.UUID, plan_id: uuid.UUID, new: PriceValues) -> Affected:
    """Who pays another price from the day of `new` on than without it: who goes by the price of the plan."""
    stored = prices_of(business_id, [plan_id])[plan_id]
    others = [one for one in stored if (one.currency, one.since) != (new.currency, new.since)]
    rows = _rows(business_id, plan_id, new)
    names = _names(business_id, rows)
    payers = []
    for one in outlines(business_id, rows):
        if one.ends_on is not None and one.ends_on <= new.since:
            continue
        for item in one.items:
            if item.once or item.plan_id != plan_id or item.price is not None:
                continue
            if item.since > new.since or (item.until is not None and item.until <= new.since):
                continue
            old = price_on(others, new.currency, new.since, item.agreed)
            then = price_on([*others, new], new.currency, new.since, item.agreed)
            if old is None or then is None or old.price == then.price:
                continue
            before, after = (Money.total(worth(item, price.price, new.currency), new.currency) for price in (old, then))
            payers.append(Payer(one.row, names[one.row.client_id], item, one.cycle_on(new.since), before, after))
    return Affected(tuple(payers), new.currency)


def told(business_id: uuid.UUID, plan_id: uuid.UUID, price: PriceValues) -> Sequence[PriceNotice]:
    """Who was told of a price."""
    query = select(PriceNotice).where(
        PriceNotice.business_id == business_id,
        PriceNotice.plan_id == plan_id,
        PriceNotice.currency == price.currency,
        PriceNotice.since == price.since,
        PriceNotice.price == price.price,
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class ToldOf:
    """How many clients were told of a price, how many could not be, and when somebody last had them told."""

    clients: int
    unreachable: int
    at: datetime


def told_of(business_id: uuid.UUID, plan_id: uuid.UUID) -> dict[tuple[str, date, Decimal], ToldOf]:
    """{(currency, from which day on, price): who was told of it} of a plan; one statement."""
    notice = PriceNotice
    query = (
        select(
            notice.currency, notice.since, notice.price,
            func.count(notice.message_id), func.count(), func.max(notice.created_at),
        )
        .where(notice.business_id == business_id, notice.plan_id == plan_id)
        .group_by(notice.currency, notice.since, notice.price)
    )  # fmt: skip
    return {
        (currency, since, price): ToldOf(clients, noted - clients, at)
        for currency, since, price, clients, noted, at in db.session.execute(query)
    }


def _rows(business_id: uuid.UUID, plan_id: uuid.UUID, new: PriceValues) -> list[Subscription]:
    on_plan = select(SubscriptionItem.subscription_id).where(
        SubscriptionItem.business_id == business_id,
        SubscriptionItem.plan_id == plan_id,
        SubscriptionItem.price.is_(None),
        or_(SubscriptionItem.until.is_(None), SubscriptionItem.until > new.since),
    )
    runs = and_(*(or_(end.is_(None), end > new.since) for end in (Subscription.ends_on, Subscription.cancelled_on)))
    query = (
        select(Subscription)
        .where(
            Subscription.business_id == business_id,
            Subscription.currency == new.currency,
            Subscription.id.in_(on_plan),
            runs,
        )
        .order_by(Subscription.id)
    )
    return list(db.session.scalars(query))


def _names(business_id: uuid.UUID, rows: Sequence[Subscription]) -> dict[uuid.UUID, str]:
    wanted = {row.client_id for row in rows}
    query = select(Client.id, Client.name).where(Client.business_id == business_id, Client.id.in_(wanted))
    return {row.id: row.name for row in db.session.execute(query)}
