"""A subscription that bears the name of its plan takes over that of the next one, on the day it begins."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing.models import Subscription, SubscriptionChange, SubscriptionChangeItem, SubscriptionItem
from app.billing.rules.subscriptions import searchable
from app.clients.queries import get_client
from app.database import locked, transactional
from app.extensions import db

LATE = timedelta(days=3)
"""So long after its day a planned name is taken over when the morning of that day did not come."""


def call(row: Subscription, name: str, title: str) -> None:
    """Give a subscription, which is held, another name; `title` is what it has from then on."""
    row.name = name
    row.search = searchable(name, [title], get_client(row.business_id, row.client_id).search)


@transactional
def take_over_names(business_id: uuid.UUID, now: datetime) -> int:
    """Rename what got another plan on these days as planned and still bears the old one's name; how many."""
    today, renamed = clock.day_in(now, get_business(business_id).timezone), 0
    for subscription_id, old, new in _planned(business_id, today - LATE, today):
        row = locked(Subscription, business_id, subscription_id)
        if row is None or row.name != old:
            continue
        call(row, new, new)
        row.updated_at = now
        actor, changes = Actor.system(business_id), {"name": (old, new)}
        audit.record(actor, "changed", "subscription", row.id, now, client_id=row.client_id, changes=changes)
        renamed += 1
    return renamed


def _planned(business_id: uuid.UUID, since: date, until: date) -> list[tuple[uuid.UUID, str, str]]:
    """(subscription, its old plan's name, its new one's) of changes of plan whose day came, in the order of ids."""
    change = SubscriptionChange
    ends, begins = aliased(SubscriptionChangeItem), aliased(SubscriptionChangeItem)
    old, new = aliased(SubscriptionItem), aliased(SubscriptionItem)
    query = select(change.subscription_id, old.title, new.title)
    for part, item, does in ((ends, old, False), (begins, new, True)):
        of_change = and_(part.business_id == change.business_id, part.change_id == change.id, part.begins.is_(does))
        of_part = and_(item.business_id == part.business_id, item.id == part.item_id)
        query = query.join(part, of_change).join(item, of_part)
    query = query.where(
        change.business_id == business_id,
        change.called_off_at.is_(None),
        change.since > since,
        change.since <= until,
        # What takes the place of a plan stands where that stood.
        new.position == old.position,
        new.plan_id != old.plan_id,
        new.once.is_(False),
    )
    rows = db.session.execute(query.order_by(change.subscription_id, change.since))
    return [(row[0], row[1], row[2]) for row in rows]
