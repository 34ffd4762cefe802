"""What must hold of subscriptions, as `flask audit` asks: each day is billed once, and the next day is right."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, select

from app.billing import queries
from app.billing.models import BilledDays, BilledPeriod, Subscription
from app.extensions import db
from app.statements import BUSINESS, built

CHUNK = 200
_NEXT = built(
    select(Subscription)
    .where(Subscription.business_id == BUSINESS, Subscription.id > bindparam("after", type_=Subscription.id.type))
    .order_by(Subscription.id)
    .limit(CHUNK)
)


def next_days_follow_from_the_facts(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The day on which a subscription is billed next is that of its first period that nobody claimed."""
    for rows in _chunks(business_id):
        for one in queries.agreements(business_id, rows):
            meant = one.next_bill_on()
            if one.row.next_bill_on != meant:
                yield f"The subscription {one.row.id} says it is billed on {one.row.next_bill_on}, but that is {meant}."


def no_day_is_billed_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The claimed periods of a subscription do not overlap, and what is billed stands on an invoice."""
    for rows in _chunks(business_id):
        query = (
            select(BilledPeriod)
            .where(
                BilledPeriod.business_id == business_id,
                BilledPeriod.subscription_id.in_([row.id for row in rows]),
                BilledPeriod.reversed_at.is_(None),
            )
            .order_by(BilledPeriod.subscription_id, BilledPeriod.period_start)
        )
        claims = list(db.session.scalars(query))
        for claim in claims:
            if claim.state == "billed" and claim.invoice_id is None:
                yield f"The period {claim.period_start} of subscription {claim.subscription_id} is on no invoice."
        for one, following in pairwise(claims):
            end = one.credited_from or one.period_end
            if one.subscription_id == following.subscription_id and following.period_start < end:
                yield f"Two billed periods of subscription {one.subscription_id} share {following.period_start}."


def no_day_of_a_thing_is_billed_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Where changes noted the days of a thing on lines, none stands on two of them without having been given back."""
    for rows in _chunks(business_id):
        query = (
            select(BilledDays)
            .where(
                BilledDays.business_id == business_id,
                BilledDays.subscription_id.in_([row.id for row in rows]),
            )
            .order_by(BilledDays.item_id, BilledDays.since)
        )
        kept = [(one, one.credited_from or one.until) for one in db.session.scalars(query)]
        standing = [(one, end) for one, end in kept if end > one.since]
        for (one, end), (following, _) in pairwise(standing):
            if one.item_id == following.item_id and following.since < end:
                yield f"A thing of subscription {one.subscription_id} is billed twice on {following.since}."


def _chunks(business_id: uuid.UUID) -> Iterator[list[Subscription]]:
    """All subscriptions of a business, some at a time, in the order of their ids."""
    after = uuid.UUID(int=0)
    while rows := list(db.session.scalars(_NEXT, {"business_id": business_id, "after": after})):
        yield rows
        after = rows[-1].id


CHECKS = (next_days_follow_from_the_facts, no_day_is_billed_twice, no_day_of_a_thing_is_billed_twice)
