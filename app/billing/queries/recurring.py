"""What recurring revenue is computed from: every thing that is paid for again and again, and the days it is paid for.

As many statements for twenty thousand subscriptions as for one, and no rows as objects: they are only counted.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, String, and_, func, select, type_coerce

from app import clock
from app.billing.models import PlanPrice, Subscription, SubscriptionItem, SubscriptionPause
from app.billing.rules.periods import Span, spans
from app.billing.rules.plans import PriceValues
from app.billing.rules.recurring import Account, Agreed, Worth, stretches
from app.database import SCALE
from app.extensions import db
from app.statements import BUSINESS

Client = Hashable
"""A client's id as the database gives it: only told apart, never read."""


@dataclass(slots=True)
class Revenue:
    """One currency: what each client pays a month on each of the days that were asked for, in minor units, and on the
    last of them each plan (None: what is in no plan) with the subscriptions that pay for it. `unpriced` things have no
    price and are not in it."""

    currency: str
    accounts: dict[Client, Account] = field(default_factory=dict)
    plans: dict[uuid.UUID | None, int] = field(default_factory=lambda: defaultdict(int))
    holders: dict[uuid.UUID | None, set[Any]] = field(default_factory=lambda: defaultdict(set))
    unpriced: int = 0


def revenue(business_id: uuid.UUID, days: Sequence[date], timezone: str) -> dict[str, Revenue]:
    """{currency: what is paid again and again on some days}, which are in order; four statements.

    Not counted are trials, pauses, days of suspension, and what is paid once.
    """
    known, last = _Known(_prices(business_id)), days[-1]
    away = _away(business_id, timezone)
    found: dict[str, Revenue] = {}
    for one in db.session.execute(_things(), {"business_id": business_id}):
        worth = known.worth(tuple(one[:8]))
        into = found.setdefault(one.currency, Revenue(one.currency))
        account = into.accounts.get(one.client_id)
        if account is None:
            account = into.accounts[one.client_id] = Account([0] * len(days))
        ends = min(filter(None, (one.ends_on, one.cancelled_on)), default=None)
        paid = spans(one.begins, ends, away.get(one.id, ()))
        steps = worth.steps(one.since)
        for stretch in stretches(steps, one.since, one.until, paid):
            account.add(stretch, days)
            if stretch.minor and stretch.start <= last and (stretch.end is None or last < stretch.end):
                into.plans[worth.agreed.plan_id] += stretch.minor
                into.holders[worth.agreed.plan_id].add(one.id)
        into.unpriced += not steps and (ends is None or last < ends)
    return found


class _Known(dict[tuple[Any, ...], Worth]):
    """What things that were agreed on alike are a month, by what the database says of them."""

    def __init__(self, prices: Mapping[uuid.UUID, Sequence[PriceValues]]) -> None:
        super().__init__()
        self.prices = prices

    def worth(self, stored: tuple[Any, ...]) -> Worth:
        if stored not in self:
            currency, unit, count, quantity, price, plan, kind, value = stored
            plan_id = plan if plan is None or isinstance(plan, uuid.UUID) else uuid.UUID(plan)
            agreed = Agreed(
                currency,
                unit,
                count,
                _scaled(quantity),
                None if price is None else _scaled(price),
                plan_id,
                (kind, _scaled(value)) if kind and value is not None else None,
            )
            self[stored] = Worth(agreed, self.prices.get(plan_id, ()) if plan_id else ())
        return self[stored]


def _scaled(stored: int) -> Decimal:
    return Decimal(stored).scaleb(-SCALE)


def subscribed_at_all(business_id: uuid.UUID) -> bool:
    """Whether there ever was a subscription."""
    query = select(Subscription.id).where(Subscription.business_id == business_id).limit(1)
    return db.session.scalar(query) is not None


@cache
def _things() -> Select[Any]:
    """Each thing: first what it is paid by, as it is stored (thousands are alike), then whose it is and since when."""
    row, item = Subscription.__table__.c, SubscriptionItem.__table__.c
    plain = [type_coerce(one, BigInteger).label(one.name) for one in (item.quantity, item.price)]
    whole = [row.currency, row.cycle_unit, row.cycle_count, *plain, type_coerce(item.plan_id, String).label("plan")]
    discount = [item.discount_kind, type_coerce(item.discount_value, BigInteger).label("discount_value")]
    ids = [type_coerce(one, String).label(name) for one, name in ((row.id, "id"), (row.client_id, "client_id"))]
    begins = func.coalesce(row.trial_until, row.starts_on).label("begins")
    return (
        select(*whole, *discount, *ids, begins, row.ends_on, row.cancelled_on, item.since, item.until)
        .join(SubscriptionItem.__table__, and_(item.business_id == row.business_id, item.subscription_id == row.id))
        .where(row.business_id == BUSINESS, item.once.is_(False))
    )


def _away(business_id: uuid.UUID, timezone: str) -> dict[Any, list[Span]]:
    """{subscription: days that are not paid for}: pauses, and since when it is suspended."""
    found: dict[Any, list[Span]] = defaultdict(list)
    pause, row = SubscriptionPause.__table__.c, Subscription.__table__.c
    paused = select(type_coerce(pause.subscription_id, String), pause.since, pause.until).where(
        pause.business_id == business_id
    )
    for subscription_id, since, until in db.session.execute(paused):
        found[subscription_id].append(Span(since, until))
    suspended = select(type_coerce(row.id, String), row.suspended_at).where(
        row.business_id == business_id, row.suspended_at.is_not(None)
    )
    for subscription_id, at in db.session.execute(suspended):
        found[subscription_id].append(Span(clock.day_in(at, timezone)))
    return found


def _prices(business_id: uuid.UUID) -> dict[uuid.UUID, list[PriceValues]]:
    """{plan: its prices}."""
    price = PlanPrice.__table__.c
    query = select(price.plan_id, price.currency, price.price, price.since, price.for_all)
    found: dict[uuid.UUID, list[PriceValues]] = defaultdict(list)
    for row in db.session.execute(query.where(price.business_id == business_id)):
        found[row.plan_id].append(PriceValues(row.currency, row.price, row.since, for_all=row.for_all))
    return found
