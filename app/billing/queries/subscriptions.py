"""Subscriptions with what was agreed on in them, as the rules take it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.billing.models import (
    ServiceRecord,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
    SubscriptionTurn,
)
from app.billing.queries.claims import claimed_of
from app.billing.queries.plans import plan_taxes, plans_by_id, prices_of
from app.billing.rules import Cycle, Facts, Rhythm, Span, Terms, Turn, next_unbilled, spans
from app.billing.rules.charging import Item, Offer, Tariff
from app.database import among
from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.web.paging import Page, paginate

FAR = timedelta(days=366 * 6)
"""How far ahead the next period is looked for: further than the longest cycle."""
_ORDER: tuple[ColumnElement[Any], ...] = (Subscription.id.desc(),)


@dataclass(frozen=True, slots=True)
class SubscriptionFilters:
    """What a list of subscriptions is narrowed to. `over`: those that have ended by `today`."""

    text: str = ""
    client_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """A subscription with its things, its pauses, the days that were claimed, and the rhythms that follow its first."""

    row: Subscription
    items: tuple[Item, ...]
    pauses: tuple[Span, ...]
    claimed: tuple[Span, ...]
    turns: tuple[Turn, ...] = ()

    @property
    def ends_on(self) -> date | None:
        """The first day without it, whether agreed on or cancelled."""
        return min(filter(None, (self.row.ends_on, self.row.cancelled_on)), default=None)

    def terms(self) -> Terms:
        """What was agreed on, as `rules.periods` takes it."""
        row = self.row
        rhythm = Rhythm(Cycle(row.cycle_unit, row.cycle_count), row.anchor_on, row.anchor_day)
        paid = spans(row.billed_from, self.ends_on, self.pauses)
        return Terms(rhythm, paid, row.ahead, row.stub, self.turns)  # type: ignore[arg-type]

    def cycle_on(self, day: date) -> Cycle:
        """How long its periods are on a day."""
        row = self.row
        first = Cycle(row.cycle_unit, row.cycle_count)
        return next((turn.rhythm.cycle for turn in reversed(self.turns) if turn.since <= day), first)

    def next_bill_on(self) -> date | None:
        """The day on which the first period that nobody claimed is billed; None when there is none."""
        terms = self.terms()
        turns = (turn.since for turn in self.turns)
        known = (span.end or span.start for span in self.claimed)
        latest = max([self.row.billed_from, *known, *turns, *(span.start for span in terms.spans)])
        found = next_unbilled(terms, self.claimed, self.row.billed_from, latest + FAR)
        return found.bill_on if found else None

    def facts(self, today: date, *, overdue: bool) -> Facts:
        """What its state follows from, as of a day."""
        paused = any(one.start <= today and (one.end is None or today < one.end) for one in self.pauses)
        row = self.row
        cancelled = row.cancelled_on is not None and row.cancelled_on == self.ends_on
        return Facts(row.trial_until, self.ends_on, cancelled, paused, row.suspended_at is not None, overdue)


def get_subscription(business_id: uuid.UUID, subscription_id: uuid.UUID) -> Subscription:
    """One subscription. Raises NotFound."""
    row = db.session.get(Subscription, (business_id, subscription_id))
    if row is None:
        raise NotFound
    return row


def named(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Subscription]:
    """Some subscriptions, the latest first."""
    mine = (Subscription.business_id == business_id, among(Subscription.id, ids))
    return list(db.session.scalars(select(Subscription).where(*mine).order_by(*_ORDER))) if ids else []


def list_subscriptions(
    business_id: uuid.UUID, filters: SubscriptionFilters, today: date, cursor: str | None = None
) -> Page[Subscription]:
    """A page of subscriptions, the newest first."""
    ends = (Subscription.ends_on, Subscription.cancelled_on)
    over = or_(*(and_(end.is_not(None), end <= today) for end in ends))
    query = select(Subscription).where(Subscription.business_id == business_id, over if filters.over else ~over)
    if filters.client_id:
        query = query.where(Subscription.client_id == filters.client_id)
    if filters.plan_id:
        on_plan = and_(
            SubscriptionItem.business_id == Subscription.business_id,
            SubscriptionItem.subscription_id == Subscription.id,
            SubscriptionItem.plan_id == filters.plan_id,
        )
        query = query.where(exists().where(on_plan))
    for word in words(filters.text):
        on_router = and_(
            ServiceRecord.business_id == Subscription.business_id,
            ServiceRecord.subscription_id == Subscription.id,
            ServiceRecord.search.contains(word, autoescape=True),
        )
        query = query.where(or_(Subscription.search.contains(word, autoescape=True), exists().where(on_router)))
    scope = (business_id, filters.text, filters.client_id, filters.plan_id, filters.over)
    return paginate(query, _ORDER, cursor, scope=scope)


def agreement_of(business_id: uuid.UUID, subscription_id: uuid.UUID) -> Agreement:
    """One subscription with what was agreed on in it. Raises NotFound."""
    return agreements(business_id, [get_subscription(business_id, subscription_id)])[0]


def agreements(business_id: uuid.UUID, rows: Sequence[Subscription]) -> list[Agreement]:
    """What was agreed on in some subscriptions, in their order."""
    ids = [row.id for row in rows]
    claimed = claimed_of(business_id, ids)
    return [replace(one, claimed=tuple(claimed[one.row.id])) for one in outlines(business_id, rows)]


def outlines(business_id: uuid.UUID, rows: Sequence[Subscription]) -> list[Agreement]:
    """What was agreed on in some subscriptions, without the periods that were billed: these grow for years."""
    ids = [row.id for row in rows]
    items, pauses, turns = (
        _items(business_id, ids),
        _pauses(business_id, ids),
        turns_of(business_id, [Subscription.id.in_(ids)]),
    )
    return [Agreement(row, tuple(items[row.id]), tuple(pauses[row.id]), (), tuple(turns[row.id])) for row in rows]


def offers_of(business_id: uuid.UUID, found: Iterable[Agreement]) -> dict[uuid.UUID, Offer]:
    """{plan: its name and prices} of all plans that some agreements name."""
    ids = list({item.plan_id for one in found for item in one.items if item.plan_id})
    if not ids:
        return {}
    prices = prices_of(business_id, ids)
    return {plan.id: Offer(plan.name, prices[plan.id]) for plan in plans_by_id(business_id, ids).values()}


def tariff_for(row: Subscription, offers: Mapping[uuid.UUID, Offer], locale: str) -> Tariff:
    """What the prices of a subscription go by."""
    return Tariff(row.currency, offers, locale)


def pauses_of(business_id: uuid.UUID, subscription_id: uuid.UUID) -> list[SubscriptionPause]:
    """The pauses of a subscription, the latest first."""
    query = (
        select(SubscriptionPause)
        .where(SubscriptionPause.business_id == business_id, SubscriptionPause.subscription_id == subscription_id)
        .order_by(SubscriptionPause.since.desc(), SubscriptionPause.id)
    )
    return list(db.session.scalars(query))


def due_clients(
    business_id: uuid.UUID, as_of: date, after: uuid.UUID | None = None, limit: int = 100
) -> list[uuid.UUID]:
    """The next clients after one that have something to bill by a day, in the order of their ids."""
    query = select(Subscription.client_id).where(
        Subscription.business_id == business_id, Subscription.next_bill_on <= as_of
    )
    if after is not None:
        query = query.where(Subscription.client_id > after)
    return list(db.session.scalars(query.distinct().order_by(Subscription.client_id).limit(limit)))


def _items(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Item]]:
    query = (
        select(SubscriptionItem)
        .where(SubscriptionItem.business_id == business_id, SubscriptionItem.subscription_id.in_(ids))
        .order_by(SubscriptionItem.position, SubscriptionItem.since, SubscriptionItem.id)
    )
    rows = list(db.session.scalars(query))
    own = _item_taxes(business_id, [row.id for row in rows])
    of_plans = plan_taxes(business_id, list({row.plan_id for row in rows if row.plan_id}))
    found: dict[uuid.UUID, list[Item]] = defaultdict(list)
    for row in rows:
        taxes = tuple(own[row.id])
        if not taxes and row.plan_id:
            taxes = tuple(tax.id for tax in of_plans[row.plan_id])
        found[row.subscription_id].append(_item(row, taxes))
    return found


def _item(row: SubscriptionItem, tax_ids: tuple[uuid.UUID, ...]) -> Item:
    kind, value = row.discount_kind, row.discount_value
    return Item(
        id=row.id,
        title=row.title,
        quantity=row.quantity,
        since=row.since,
        until=row.until,
        price=row.price,
        plan_id=row.plan_id,
        detail=row.detail,
        unit=row.unit,
        discount=("amount" if kind == "amount" else "percent", value) if kind and value is not None else None,
        tax_ids=tax_ids,
        once=row.once,
        billed=row.billed_in is not None,
        agreed_on=row.agreed_on,
        position=row.position,
    )


def _item_taxes(business_id: uuid.UUID, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    query = (
        select(SubscriptionItemTax.item_id, SubscriptionItemTax.tax_id)
        .where(SubscriptionItemTax.business_id == business_id, SubscriptionItemTax.item_id.in_(item_ids))
        .order_by(SubscriptionItemTax.position)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for item_id, tax_id in db.session.execute(query):
        found[item_id].append(tax_id)
    return found


def _pauses(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Span]]:
    query = select(SubscriptionPause).where(
        SubscriptionPause.business_id == business_id, SubscriptionPause.subscription_id.in_(ids)
    )
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for row in db.session.scalars(query):
        found[row.subscription_id].append(Span(row.since, row.until))
    return found


def turns_of(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]]) -> dict[uuid.UUID, list[Turn]]:
    """The rhythms that follow the first, of the subscriptions for which `where` holds."""
    of = (Subscription.business_id == SubscriptionTurn.business_id) & (
        Subscription.id == SubscriptionTurn.subscription_id
    )
    query = (
        select(SubscriptionTurn)
        .join(Subscription, of)
        .where(SubscriptionTurn.business_id == business_id, *where)
        .order_by(SubscriptionTurn.since)
    )
    found: dict[uuid.UUID, list[Turn]] = defaultdict(list)
    for row in db.session.scalars(query):
        rhythm = Rhythm(Cycle(row.cycle_unit, row.cycle_count), row.anchor_on, row.anchor_day)
        found[row.subscription_id].append(Turn(row.since, rhythm))
    return found
