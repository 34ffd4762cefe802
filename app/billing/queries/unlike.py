"""Subscriptions that are billed like nobody else: billed out of order or in part, left out of a run, paused lately, or
with another rhythm to come."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)  # fmt: skip

from app.billing.models import BilledPeriod, Subscription, SubscriptionItem, SubscriptionPause, SubscriptionTurn
from app.billing.queries import run_facts
from app.extensions import db
from app.statements import BUSINESS

LATELY = timedelta(days=3 * 366)
"""Longer than any cycle that is sold, and a year ahead: pauses that were over before that move no bill any more."""
FIRST, LAST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Unlike:
    """`ids`: {subscription as the database gives its id: its id}. `left`: the first days of their periods that somebody
    left out of a run, and nobody took in again."""

    ids: dict[Any, uuid.UUID]
    left: dict[uuid.UUID, set[date]]


def unlike(business_id: uuid.UUID, until: date, asked: Mapping[str, uuid.UUID]) -> Unlike:
    """Those that are billed by a day, of one business and what is asked for of it; four statements."""
    left = _left_out(business_id, asked.get("client_id"))
    native = db.engine.dialect.name == "postgresql"
    stored: list[Any] = [id if native else id.hex for id in left]
    turn = SubscriptionTurn.__table__.c
    turning = select(type_coerce(turn.subscription_id, String)).where(turn.business_id == business_id)
    stored += db.session.scalars(turning)
    # Of a part that is billed with the next period some days may have been billed before the pause was agreed on.
    pause = SubscriptionPause.__table__.c
    paused = select(type_coerce(pause.subscription_id, String)).where(pause.business_id == business_id)
    stored += db.session.scalars(paused.where(or_(pause.until.is_(None), pause.until > until - LATELY)))
    out_of_order = _out_of_order(db.engine.dialect.name, frozenset(asked))
    stored += db.session.scalars(out_of_order, {"business_id": business_id, "until": until, **asked})
    return Unlike({one: one if isinstance(one, uuid.UUID) else uuid.UUID(one) for one in stored}, left)


def narrowing(names: Collection[str]) -> list[ColumnElement[bool]]:
    """That a subscription is a client's, has something of a plan, or is a single one: of the parameters named so."""
    row, mine = Subscription.__table__.c, Subscription.__table__.alias("mine").c
    other = SubscriptionItem.__table__.alias("other").c
    # Compared with the column itself, SQLite would go through everything that is due once for each thing there is.
    of_client = select(mine.id).where(mine.business_id == BUSINESS, mine.client_id == _id("client_id"))
    of_plan = (other.business_id == row.business_id, other.subscription_id == row.id, other.plan_id == _id("plan_id"))
    only = {
        "client_id": row.id.in_(of_client),
        "subscription_id": row.id == _id("subscription_id"),
        "plan_id": exists().where(*of_plan),
    }
    return [only[name] for name in sorted(names)]


def _id(name: str) -> Any:
    return bindparam(name, type_=Uuid())


def _left_out(business_id: uuid.UUID, client_id: uuid.UUID | None) -> dict[uuid.UUID, set[date]]:
    found: dict[uuid.UUID, set[date]] = defaultdict(set)
    decided = run_facts.left_of(business_id, client_id or FIRST, client_id or LAST)
    for (subscription_id, start), decision in decided.items():
        if decision == "leave_out":
            found[subscription_id].add(start)
    return dict(found)


@cache
def _out_of_order(dialect: str, narrowed: frozenset[str]) -> Select[Any]:
    """Subscriptions with days that were billed after ones that were not, or with a period that was billed in part and
    ends after the next bill."""
    row, claim = Subscription.__table__.c, BilledPeriod.__table__.c
    longest = case({"day": 1, "week": 7, "month": 31}, value=row.cycle_unit, else_=366) * row.cycle_count
    early: Any = row.next_bill_on - longest
    if dialect == "sqlite":
        early = func.date(row.next_bill_on, "-" + cast(longest, String) + " days")
    in_part = or_(
        claim.credited_from.is_not(None),
        claim.period_start != claim.whole_start,
        claim.period_end != claim.whole_end,
    )
    of = and_(
        claim.business_id == row.business_id,
        claim.subscription_id == row.id,
        claim.reversed_at.is_(None),
        claim.period_start >= type_coerce(early, claim.period_start.type),
    )
    return (
        select(type_coerce(row.id, String))
        .join(BilledPeriod.__table__, of)
        .where(
            row.business_id == BUSINESS,
            row.next_bill_on <= bindparam("until"),
            or_(claim.period_start >= row.next_bill_on, and_(claim.whole_end >= row.next_bill_on, in_part)),
            *narrowing(narrowed),
        )
        .distinct()
    )
