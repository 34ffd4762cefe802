"""How subscriptions stand on a day: their state and what a period of them costs, many of them in few statements."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, exists, or_, select

from app import clock
from app.auth.queries import get_business
from app.billing.models import Subscription, SubscriptionPause
from app.billing.queries.claims import overdue_among
from app.billing.queries.run_policies import policy_of
from app.billing.queries.serving import overdue
from app.billing.queries.subscriptions import Agreement, offers_of, outlines, tariff_for
from app.billing.rules import Cycle, Rhythm
from app.billing.rules.charging import per_period
from app.billing.rules.states import Facts, State, state
from app.clients.models import Client
from app.extensions import db
from app.money import Money


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription, whose it is, its state, and what a period costs before taxes: None where a price is missing.

    `ends_on` is the first day without it, `cycle` how long its periods are.
    """

    row: Subscription
    client_name: str
    state: State
    price: Money | None
    ends_on: date | None
    cycle: Cycle


def standings(business_id: uuid.UUID, rows: Sequence[Subscription], today: date) -> list[Standing]:
    """How some subscriptions stand, in their order; as many statements for a hundred as for one."""
    if not rows:
        return []
    found = outlines(business_id, rows)
    offers = offers_of(business_id, found)
    wanted = select(Client.id, Client.name).where(
        Client.business_id == business_id, Client.id.in_({row.client_id for row in rows})
    )
    names = {row.id: row.name for row in db.session.execute(wanted)}
    late = overdue_among(business_id, [row.id for row in rows], today)
    return [
        Standing(
            one.row,
            names[one.row.client_id],
            state(one.facts(today, overdue=one.row.id in late), today),
            per_period(one.items, tariff_for(one.row, offers, "en"), price_day(one, today)),
            one.ends_on,
            one.cycle_on(price_day(one, today)),
        )
        for one in found
    ]


def price_day(one: Agreement, today: date) -> date:
    """The day whose price is told: today, or its first or last day when it has not begun or is over."""
    first = one.row.trial_until or one.row.starts_on
    last = one.ends_on - timedelta(days=1) if one.ends_on is not None else today
    return max(first, min(today, last))


def until_restored(business_id: uuid.UUID, rows: Sequence[Subscription]) -> set[uuid.UUID]:
    """Which of some subscriptions nothing is billed of until they are restored: suspended before their next period."""
    held = [row for row in rows if row.suspended_at is not None and row.next_bill_on is not None]
    if not held or policy_of(business_id).bill_suspended:
        return set()
    zone = get_business(business_id).timezone
    return {row.id for row in held if row.suspended_at and clock.day_in(row.suspended_at, zone) <= _next_begins(row)}


def _next_begins(row: Subscription) -> date:
    """The first day of the next period that is billed, by the rhythm that was agreed on first."""
    assert row.next_bill_on is not None
    if row.ahead:
        return row.next_bill_on
    rhythm = Rhythm(Cycle(row.cycle_unit, row.cycle_count), row.anchor_on, row.anchor_day)  # type: ignore[arg-type]
    return rhythm.period(rhythm.number(row.next_bill_on - timedelta(days=1))).start


def of_client(business_id: uuid.UUID, client_id: uuid.UUID, today: date) -> list[tuple[Subscription, State]]:
    """The subscriptions of a client that are not over, the newest first, with their states: one statement."""
    row, pause = Subscription, SubscriptionPause
    over = or_(*(and_(end.is_not(None), end <= today) for end in (row.ends_on, row.cancelled_on)))
    paused = exists().where(
        pause.business_id == row.business_id,
        pause.subscription_id == row.id,
        pause.since <= today,
        or_(pause.until.is_(None), pause.until > today),
    )
    query = (
        select(row, paused.label("paused"), overdue(row, today).label("overdue"))
        .where(row.business_id == business_id, row.client_id == client_id, ~over)
        .order_by(row.id.desc())
        .limit(20)
    )
    return [
        (one, state(Facts(one.trial_until, None, False, paused, one.suspended_at is not None, late), today))
        for one, paused, late in db.session.execute(query)
    ]
