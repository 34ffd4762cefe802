"""Subscriptions that are due, read many at a time and without what years of billing have left behind them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, or_, select

from app import database
from app.billing.models import (
    BilledPeriod,
    RunEntry,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
)
from app.billing.queries import run_facts as facts
from app.billing.queries.claims import claimed_of
from app.billing.queries.plans import plan_taxes
from app.billing.queries.subscriptions import Agreement, turns_of
from app.billing.rules import Billed, Period, Span
from app.billing.rules.charging import Item
from app.billing.rules.due import due, due_of_many, first_open, left
from app.billing.rules.guarding import Had
from app.billing.rules.periods import latest_due
from app.clients.models import Client
from app.database import among
from app.extensions import db

SUB, CLIENT, CLAIM = Subscription.__table__.c, Client.__table__.c, BilledPeriod.__table__.c
ITEM, ENTRY = SubscriptionItem.__table__.c, RunEntry.__table__.c
_COLUMNS = (
    SUB.id, SUB.client_id, SUB.name, SUB.currency, SUB.cycle_unit, SUB.cycle_count, SUB.anchor_on, SUB.anchor_day,
    SUB.ahead, SUB.stub, SUB.starts_on, SUB.trial_until, SUB.billed_from, SUB.ends_on, SUB.cancelled_on,
    SUB.suspended_at, SUB.terms_days, SUB.po_number, SUB.notes, SUB.prices_include_tax, SUB.apart, SUB.next_bill_on,
)  # fmt: skip
_OF_CLIENT = (CLIENT.name.label("client_name"), CLIENT.email, cast(CLIENT.channels, Text).label("channels_text"),
              CLIENT.language, CLIENT.terms_days.label("client_terms"))  # fmt: skip
_LAST = (CLAIM.period_start.label("last_start"), CLAIM.period_end.label("last_end"),
         CLAIM.whole_start.label("last_whole"), CLAIM.whole_end.label("last_whole_end"),
         CLAIM.bill_on.label("last_bill_on"), CLAIM.total_minor.label("last_minor"), CLAIM.credited_from)  # fmt: skip


SOON = timedelta(days=62)
"""How far ahead the next period is looked for first."""
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366}


@dataclass(frozen=True, slots=True)
class Chunk:
    """The subscriptions of some clients, from the client after `after` to `last`: what is due, and what is known of it.

    `agreements` have rows with the columns of a subscription, of its client and of its last billed period. `reversed`
    and `left` are periods, (subscription, first day), that were taken back once, or left out of a run, with the
    decision on that; `begun` what was billed lately of these subscriptions, `others` of others of the same clients.
    """

    agreements: list[Agreement]
    last: uuid.UUID
    parked: dict[uuid.UUID, str] = field(default_factory=dict)
    counted_from: dict[uuid.UUID, date] = field(default_factory=dict)
    reversed: frozenset[tuple[uuid.UUID, date]] = frozenset()
    left: dict[tuple[uuid.UUID, date], str] = field(default_factory=dict)
    begun: dict[uuid.UUID, dict[Period, Period]] = field(default_factory=dict)
    others: dict[uuid.UUID, dict[uuid.UUID, Had]] = field(default_factory=dict)


def due_chunk(business_id: uuid.UUID, as_of: date, after: uuid.UUID | None, size: int) -> Chunk | None:
    """What is due by a day of the next clients after one, with all that planning asks about it; None at the end."""
    mine = [SUB.business_id == business_id, SUB.next_bill_on <= as_of]
    ids = select(SUB.client_id).where(*mine, SUB.client_id > after if after else SUB.client_id.is_not(None))
    clients = list(db.session.scalars(ids.distinct().order_by(SUB.client_id).limit(size)))
    if not clients:
        return None
    within = _between(clients[0], clients[-1])
    found = _agreements(business_id, [*mine, *within])
    return Chunk(
        found,
        clients[-1],
        *facts.parked_of(business_id, clients[0], clients[-1]),
        facts.reversed_of(business_id, [*mine, *within]),
        facts.left_of(business_id, clients[0], clients[-1]),
        facts.begun_of(business_id, [*mine, *within], as_of),
        facts.others_of(business_id, clients, as_of),
    )


def periods_due(one: Agreement, until: date) -> tuple[Billed, ...]:
    """What of an agreement that was read here is due by a day and nobody claimed, in the order it is billed."""
    row = one.row
    if row.next_bill_on is None:
        return ()
    if one.claimed:
        return left(one.terms(), one.claimed, row.next_bill_on, until)
    return _periods(one, row.next_bill_on, until)


def latest_day(one: Agreement, open_: Collection[Billed], until: date) -> date | None:
    """The latest day by `until` on which something of an agreement is billed: what is `open_` and what was claimed."""
    if one.claimed and one.row.next_bill_on is not None:
        return latest_due(one.terms(), open_, one.row.next_bill_on, until)
    return max((billed.bill_on for billed in open_ if billed.bill_on <= until), default=None)


def next_day(one: Agreement, claimed: Collection[Span], until: date) -> date | None:
    """The day on which its next period is billed once some more are claimed, the last of them by `until`."""
    row = one.row
    if row.next_bill_on is None:
        return None
    if not one.claimed:
        begun = {span.start for span in claimed}
        for at in _periods(one, row.next_bill_on, until + SOON):
            if at.period.start not in begun:
                return at.bill_on
    taken = (*one.claimed, *claimed)
    return first_open(one.terms(), taken, row.next_bill_on, until, complete=bool(one.claimed))


def _periods(one: Agreement, since: date, until: date) -> tuple[Billed, ...]:
    row = one.row
    if one.pauses or one.turns:
        return due(one.terms(), since, until)
    agreed = (row.cycle_unit, row.cycle_count, row.anchor_on, row.anchor_day, row.ahead, row.stub)
    return due_of_many(agreed, row.billed_from, one.ends_on, since, until)


def due_of_clients(business_id: uuid.UUID, clients: Sequence[uuid.UUID], as_of: date) -> list[Agreement]:
    """What some clients have due, their subscriptions held until the transaction ends, in the order of their ids."""
    where = [SUB.business_id == business_id, among(SUB.client_id, clients), SUB.next_bill_on <= as_of]
    if database.LOCKS:
        db.session.execute(select(SUB.id).where(*where).order_by(SUB.id).with_for_update())
    return _agreements(business_id, where)


def _last_billed() -> Any:
    """The id of the last period of a subscription that was billed and not taken back."""
    other = BilledPeriod.__table__.alias("other")
    return (
        select(other.c.id)
        .where(other.c.business_id == SUB.business_id, other.c.subscription_id == SUB.id)
        .where(other.c.reversed_at.is_(None), other.c.state == "billed")
        .order_by(other.c.period_start.desc())
        .limit(1)
        .scalar_subquery()
    )


def _latest() -> Any:
    """Of the latest period of a subscription that was claimed: its first day, or where periods are billed ahead the day
    after the whole one that it is of."""
    other = BilledPeriod.__table__.alias("another")
    mine = (other.c.business_id == SUB.business_id, other.c.subscription_id == SUB.id, other.c.reversed_at.is_(None))
    day = case((SUB.ahead, other.c.whole_end), else_=other.c.period_start)
    return select(day).where(*mine).order_by(other.c.period_start.desc()).limit(1).scalar_subquery().label("latest")


def silent_since(business_id: uuid.UUID, after: date, as_of: date, size: int) -> list[Agreement]:
    """Subscriptions that nothing is due of by a day because they were paused, cancelled or ended.

    Those whose last such day lies far before `after` are left out. At most `size`.
    """
    early = after - timedelta(days=400)
    ends = [and_(end.is_not(None), end <= as_of, end > early) for end in (SUB.ends_on, SUB.cancelled_on)]
    pause = SubscriptionPause.__table__.c
    paused = select(pause.id).where(
        pause.business_id == SUB.business_id,
        pause.subscription_id == SUB.id,
        pause.since <= as_of,
        or_(pause.until.is_(None), pause.until > after),
    )
    where = [
        SUB.business_id == business_id,
        or_(SUB.next_bill_on.is_(None), SUB.next_bill_on > as_of),
        or_(*ends, paused.exists()),
    ]
    return _agreements(business_id, where, size)


def _between(first: uuid.UUID, last: uuid.UUID) -> list[ColumnElement[bool]]:
    return [SUB.client_id >= first, SUB.client_id <= last]


def _agreements(
    business_id: uuid.UUID, where: Sequence[ColumnElement[bool]], size: int | None = None
) -> list[Agreement]:
    query = (
        select(*_COLUMNS, *_OF_CLIENT, *_LAST, _latest())
        .join(Client.__table__, and_(CLIENT.business_id == SUB.business_id, CLIENT.id == SUB.client_id))
        .outerjoin(BilledPeriod.__table__, and_(CLAIM.business_id == SUB.business_id, CLAIM.id == _last_billed()))
        .where(*where)
        .order_by(SUB.client_id, SUB.id)
    )
    rows = db.session.execute(query.limit(size) if size else query).all()
    if not rows:
        return []
    if size:
        where = [SUB.business_id == business_id, among(SUB.id, [row.id for row in rows])]
    items, pauses = _items(business_id, where), _pauses(business_id, where)
    turns = turns_of(business_id, where)
    claimed = claimed_of(
        business_id, [row.id for row in rows if row.id in pauses or row.id in turns or _out_of_order(row)]
    )
    nothing: tuple[Any, ...] = ()
    return [
        Agreement(
            row,
            tuple(items.get(row.id, nothing)),
            tuple(pauses.get(row.id, nothing)),
            tuple(claimed.get(row.id, nothing)),
            tuple(turns.get(row.id, nothing)),
        )
        for row in rows
    ]


def _items(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]]) -> dict[uuid.UUID, list[Item]]:
    """What is paid for; what was paid once and is billed is left behind."""
    query = (
        select(
            ITEM.id, ITEM.subscription_id, ITEM.plan_id, ITEM.title, ITEM.detail, ITEM.unit, ITEM.quantity, ITEM.price,
            ITEM.discount_kind, ITEM.discount_value, ITEM.once, ITEM.since, ITEM.until, ITEM.agreed_on, ITEM.position,
        )
        .join(Subscription.__table__, and_(SUB.business_id == ITEM.business_id, SUB.id == ITEM.subscription_id))
        .where(ITEM.business_id == business_id, *where, or_(~ITEM.once, ITEM.billed_in.is_(None)))
        .order_by(ITEM.subscription_id, ITEM.position, ITEM.since, ITEM.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    own = _item_taxes(business_id, where)
    of_plans = {
        plan: tuple(tax.id for tax in taxes)
        for plan, taxes in plan_taxes(business_id, list({row.plan_id for row in rows if row.plan_id})).items()
    }
    found: dict[uuid.UUID, list[Item]] = defaultdict(list)
    for row in rows:
        found[row.subscription_id].append(_item(row, own.get(row.id) or of_plans.get(row.plan_id, ())))
    return found


def _item(row: Row[Any], taxes: Sequence[uuid.UUID]) -> Item:
    discount = None
    if row.discount_kind and row.discount_value is not None:
        discount = ("amount" if row.discount_kind == "amount" else "percent", row.discount_value)
    return Item(row.id, row.title, row.quantity, row.since, row.until, row.price, row.plan_id, row.detail, row.unit,
                discount, tuple(taxes), row.once, agreed_on=row.agreed_on, position=row.position)  # type: ignore[arg-type]  # fmt: skip


def _item_taxes(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]]) -> dict[uuid.UUID, list[uuid.UUID]]:
    tax = SubscriptionItemTax.__table__.c
    query = (
        select(tax.item_id, tax.tax_id)
        .join(SubscriptionItem.__table__, and_(ITEM.business_id == tax.business_id, ITEM.id == tax.item_id))
        .join(Subscription.__table__, and_(SUB.business_id == ITEM.business_id, SUB.id == ITEM.subscription_id))
        .where(tax.business_id == business_id, *where)
        .order_by(tax.item_id, tax.position)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for item_id, tax_id in db.session.execute(query):
        found[item_id].append(tax_id)
    return found


def _pauses(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]]) -> dict[uuid.UUID, list[Span]]:
    pause = SubscriptionPause.__table__.c
    query = (
        select(pause.subscription_id, pause.since, pause.until)
        .join(Subscription.__table__, and_(SUB.business_id == pause.business_id, SUB.id == pause.subscription_id))
        .where(pause.business_id == business_id, *where)
    )
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for subscription_id, since, until in db.session.execute(query):
        found[subscription_id].append(Span(since, until))
    return found


def _out_of_order(row: Any) -> bool:
    """Whether a period may be claimed that comes after one which nobody claimed, or only a part of one."""
    if row.next_bill_on is None or row.credited_from is not None or row.last_end != row.last_whole_end:
        return True
    if row.latest is None or row.ahead:
        return row.latest is not None and bool(row.latest > row.next_bill_on)
    return bool(row.latest >= row.next_bill_on - timedelta(days=row.cycle_count * _LONGEST[row.cycle_unit]))


def anything_due(business_id: uuid.UUID, as_of: date) -> bool:
    """Whether anything is due by a day."""
    query = select(SUB.id).where(SUB.business_id == business_id, SUB.next_bill_on <= as_of).limit(1)
    return db.session.scalar(query) is not None
