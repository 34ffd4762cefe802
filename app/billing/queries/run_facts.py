"""What planning has to know besides what was agreed on: what was reversed or left out, who is parked, who reads."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.billing.models import BilledPeriod, ParkedClient, RunEntry, Subscription, SubscriptionItem
from app.billing.rules import Cycle, Period, Span
from app.billing.rules.guarding import WINDOW, Had, add_part, most_in_window
from app.database import among
from app.extensions import db
from app.messages.models import ReachedAddress

SUB, CLAIM, ENTRY = Subscription.__table__.c, BilledPeriod.__table__.c, RunEntry.__table__.c
ITEM = SubscriptionItem.__table__.c


def reversed_of(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]]) -> frozenset[tuple[uuid.UUID, date]]:
    """(subscription, first day) of the periods that were billed once and taken back as a whole."""
    query = (
        select(CLAIM.subscription_id, CLAIM.period_start)
        .join(Subscription.__table__, and_(SUB.business_id == CLAIM.business_id, SUB.id == CLAIM.subscription_id))
        .where(CLAIM.business_id == business_id, *where, CLAIM.reversed_at.is_not(None), CLAIM.credited_from.is_(None))
    )
    return frozenset((row[0], row[1]) for row in db.session.execute(query))


def left_of(business_id: uuid.UUID, first: uuid.UUID, last: uuid.UUID) -> dict[tuple[uuid.UUID, date], str]:
    """{(subscription, first day): what was decided} of what was left out of runs by the clients in between."""
    query = (
        select(ENTRY.subscription_id, ENTRY.period_start, ENTRY.decision, ENTRY.odd)
        .where(ENTRY.business_id == business_id, ENTRY.state == "left_out")
        .where(ENTRY.client_id >= first, ENTRY.client_id <= last)
        .order_by(ENTRY.id)
    )
    # What was left out before and is left once more without a word stays out.
    return {
        (row[0], row[1]): "leave_out" if row.odd == "left_out" else row.decision for row in db.session.execute(query)
    }


def begun_of(
    business_id: uuid.UUID, where: Sequence[ColumnElement[bool]], as_of: date
) -> dict[uuid.UUID, dict[Period, Period]]:
    """{subscription: {whole period: from which to which of its days it was billed}} of what was billed lately."""
    found: dict[uuid.UUID, dict[Period, Period]] = defaultdict(dict)
    for row in db.session.execute(_lately(business_id, where, as_of)):
        add_part(found[row.subscription_id], Period(row.whole_start, row.whole_end),
                 Period(row.period_start, row.period_end))  # fmt: skip
    return found


def others_of(
    business_id: uuid.UUID, clients: Sequence[uuid.UUID], as_of: date
) -> dict[uuid.UUID, dict[uuid.UUID, Had]]:
    """{client: {subscription: what was billed of it lately}} of those that nothing is due of by a day."""
    rests = or_(SUB.next_bill_on.is_(None), SUB.next_bill_on > as_of)
    query = _lately(business_id, [SUB.business_id == business_id, among(SUB.client_id, clients), rests], as_of)
    rows = db.session.execute(
        query.add_columns(SUB.client_id, SUB.cycle_unit, SUB.cycle_count, SUB.starts_on, SUB.ends_on)
    ).all()
    if not rows:
        return {}
    things = _things(business_id, {row.subscription_id for row in rows})
    found: dict[uuid.UUID, dict[uuid.UUID, Had]] = defaultdict(dict)
    for row in rows:
        of_client = found[row.client_id]
        if row.subscription_id not in of_client:
            most = most_in_window([Cycle(row.cycle_unit, row.cycle_count)])
            had = Had(most, row.starts_on, row.ends_on, things.get(row.subscription_id, ()))
            of_client[row.subscription_id] = had
        add_part(of_client[row.subscription_id].begun, Period(row.whole_start, row.whole_end),
                 Period(row.period_start, row.period_end))  # fmt: skip
    return found


def _lately(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]], as_of: date) -> Select[Any]:
    return (
        select(CLAIM.subscription_id, CLAIM.period_start, CLAIM.period_end, CLAIM.whole_start, CLAIM.whole_end)
        .join(Subscription.__table__, and_(SUB.business_id == CLAIM.business_id, SUB.id == CLAIM.subscription_id))
        .where(CLAIM.business_id == business_id, *where, CLAIM.reversed_at.is_(None), CLAIM.state == "billed")
        .where(CLAIM.period_start > as_of - timedelta(days=3 * WINDOW))
    )


def _things(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Span]]:
    """{subscription: the days of each of its recurring items}."""
    mine = (ITEM.business_id == business_id, among(ITEM.subscription_id, ids), ~ITEM.once)
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for subscription_id, since, until in db.session.execute(
        select(ITEM.subscription_id, ITEM.since, ITEM.until).where(*mine)
    ):
        found[subscription_id].append(Span(since, until))
    return found


def parked_of(
    business_id: uuid.UUID, first: uuid.UUID, last: uuid.UUID
) -> tuple[dict[uuid.UUID, str], dict[uuid.UUID, date]]:
    """Who is parked, and why; and from which day on the bills of those are counted whom somebody let go."""
    query = select(
        ParkedClient.client_id, ParkedClient.reason, ParkedClient.let_go_at, ParkedClient.counted_from
    ).where(ParkedClient.business_id == business_id, ParkedClient.client_id >= first, ParkedClient.client_id <= last)
    parked, counted = {}, {}
    for client_id, reason, let_go_at, counted_from in db.session.execute(query.order_by(ParkedClient.id)):
        if let_go_at is None:
            parked[client_id] = reason
        elif counted_from:
            counted[client_id] = counted_from
    return parked, counted


def dead_addresses(business_id: uuid.UUID) -> set[tuple[str, str]]:
    """(channel, address) of all that refused messages of this business, or whose owners said stop."""
    bad = or_(ReachedAddress.failed_at.is_not(None), ReachedAddress.stopped_at.is_not(None))
    query = select(ReachedAddress.channel, ReachedAddress.address).where(ReachedAddress.business_id == business_id, bad)
    return {(row[0], row[1]) for row in db.session.execute(query)}
