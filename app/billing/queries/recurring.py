"""What recurring revenue is computed from: every thing that is paid for again and again, and the days it is paid for.

As many statements for twenty thousand subscriptions as for one, and no rows as objects: they are only counted.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, String, and_, func, null, select, type_coerce

from app import clock
from app.billing.models import (
    PlanPrice,
    ServiceSpan,
    Subscription,
    SubscriptionItem,
    SubscriptionPause,
    SubscriptionTurn,
)
from app.billing.queries.run_policies import policy_of
from app.billing.rules.control import without_service
from app.billing.rules.periods import Span, spans
from app.billing.rules.plans import PriceValues
from app.billing.rules.recurring import Account, Agreed, Stretch, Worth, known_on, stretches
from app.database import SCALE
from app.extensions import db
from app.statements import BUSINESS

Client = Hashable
"""A client's id as the database gives it: only told apart, never read."""


@dataclass(slots=True)
class Revenue:
    """One currency: what each client pays a month on each of the days that were asked for, in minor units, and on the
    last of them each plan (None: what is in no plan) with the subscriptions that pay for it. `unpriced` things have no
    price, or come to more than can be billed, and are not in it."""

    currency: str
    accounts: dict[Client, Account] = field(default_factory=dict)
    plans: dict[uuid.UUID | None, int] = field(default_factory=lambda: defaultdict(int))
    holders: dict[uuid.UUID | None, set[Any]] = field(default_factory=lambda: defaultdict(set))
    unpriced: int = 0


def revenue(business_id: uuid.UUID, days: Sequence[date], timezone: str) -> dict[str, Revenue]:
    """{currency: what is paid again and again on some days}, which are in order; seven statements at most.

    Not counted are trials, pauses, days of suspension unless the policy is to bill them, and what is paid once.
    """
    known, last = _Known(_prices(business_id)), days[-1]
    away, turns = _away(business_id, timezone), _turns(business_id)
    found: dict[str, Revenue] = {}
    for one in db.session.execute(_things(), {"business_id": business_id}):
        worth = known.worth(tuple(one[:8]))
        plan_id, steps = worth.agreed.plan_id, worth.steps(one.agreed)
        into = found.setdefault(one.currency, Revenue(one.currency))
        account = into.accounts.get(one.client_id)
        if account is None:
            account = into.accounts[one.client_id] = Account([0] * len(days))
        ends = min(filter(None, (one.ends_on, one.cancelled_on)), default=None)
        paid = spans(one.begins, ends, away.get(one.id, ()))
        turning = turns.get(one.id)
        parts = _turning(known, one, paid, turning) if turning else stretches(steps, one.since, one.until, paid)
        for stretch in parts:
            account.add(stretch, days)
            if stretch.minor and stretch.start <= last and (stretch.end is None or last < stretch.end):
                into.plans[plan_id] += stretch.minor
                into.holders[plan_id].add(one.id)
        into.unpriced += (
            not known_on(steps, last) and (ends is None or last < ends) and (one.until is None or last < one.until)
        )
    return found


def _turning(
    known: _Known, one: Any, paid: Sequence[Span], turns: Sequence[tuple[date, str, int]]
) -> Iterator[Stretch]:
    """What a thing of a subscription with other rhythms is a month: its price is for the periods of each."""
    stored, since = tuple(one[:8]), one.since
    for turn, unit, count in turns:
        until = turn if one.until is None else min(turn, one.until)
        if since < until:
            yield from stretches(known.worth(stored).steps(one.agreed), since, until, paid)
        stored, since = (stored[0], unit, count, *stored[3:]), max(since, turn)
    if one.until is None or since < one.until:
        yield from stretches(known.worth(stored).steps(one.agreed), since, one.until, paid)


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
    agreed = func.coalesce(item.agreed_on, item.since).label("agreed")
    return (
        select(*whole, *discount, *ids, begins, row.ends_on, row.cancelled_on, item.since, item.until, agreed)
        .join(SubscriptionItem.__table__, and_(item.business_id == row.business_id, item.subscription_id == row.id))
        .where(row.business_id == BUSINESS, item.once.is_(False))
    )


def _away(business_id: uuid.UUID, timezone: str) -> dict[Any, list[Span]]:
    """{subscription: days that are not paid for}: pauses, and whole days without service unless these are billed."""
    found: dict[Any, list[Span]] = defaultdict(list)
    pause, row = SubscriptionPause.__table__.c, Subscription.__table__.c
    paused = select(type_coerce(pause.subscription_id, String), pause.since, pause.until).where(
        pause.business_id == business_id
    )
    for subscription_id, since, until in db.session.execute(paused):
        found[subscription_id].append(Span(since, until))
    if policy_of(business_id).bill_suspended:
        return found
    span = ServiceSpan.__table__.c
    over = select(type_coerce(span.subscription_id, String), span.since, span.until).where(
        span.business_id == business_id, span.kind == "suspended", span.until.is_not(None)
    )
    still = select(type_coerce(row.id, String), row.suspended_at, null()).where(
        row.business_id == business_id, row.suspended_at.is_not(None)
    )
    for query in (over, still):
        for subscription_id, at, back in db.session.execute(query):
            on = clock.day_in(at, timezone)
            if days := without_service(on, clock.day_in(back, timezone) if back else None):
                found[subscription_id].append(days)
    return found


def _turns(business_id: uuid.UUID) -> dict[Any, list[tuple[date, str, int]]]:
    """{subscription: (from a day on, how long its periods are)} where that is not what it was at first, in order."""
    turn = SubscriptionTurn.__table__.c
    query = select(type_coerce(turn.subscription_id, String), turn.since, turn.cycle_unit, turn.cycle_count)
    found: dict[Any, list[tuple[date, str, int]]] = defaultdict(list)
    for subscription_id, *values in db.session.execute(
        query.where(turn.business_id == business_id).order_by(turn.since)
    ):
        found[subscription_id].append(tuple(values))  # type: ignore[arg-type]
    return found


def _prices(business_id: uuid.UUID) -> dict[uuid.UUID, list[PriceValues]]:
    """{plan: its prices}."""
    price = PlanPrice.__table__.c
    query = select(price.plan_id, price.currency, price.price, price.since, price.for_all)
    found: dict[uuid.UUID, list[PriceValues]] = defaultdict(list)
    for row in db.session.execute(query.where(price.business_id == business_id)):
        found[row.plan_id].append(PriceValues(row.currency, row.price, row.since, for_all=row.for_all))
    return found
