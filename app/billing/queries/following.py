"""Services that their network does not stand as billing says, because a day has come that nobody did anything on."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import case, exists, func, or_, select

from app.billing.models import Router, ServiceAction, ServiceRecord, Subscription, SubscriptionPause
from app.extensions import db


def businesses_with_routers() -> list[uuid.UUID]:
    """Businesses of this installation whose services are switched."""
    query = select(Router.business_id).where(Router.archived_at.is_(None)).distinct()
    return list(db.session.scalars(query.order_by(Router.business_id)))


def not_followed(business_id: uuid.UUID, today: date, after: uuid.UUID | None, limit: int) -> list[uuid.UUID]:
    """The next subscriptions after one, by id, that are on a router which was told something else last than they are.

    What was never told anything is on. The same as `rules.control.wanted` says, in the words of the database: whoever
    acts on it asks the rule once more.
    """
    paused = exists().where(
        SubscriptionPause.business_id == Subscription.business_id,
        SubscriptionPause.subscription_id == Subscription.id,
        SubscriptionPause.since <= today,
        or_(SubscriptionPause.until.is_(None), SubscriptionPause.until > today),
    )
    off = or_(
        Subscription.suspended_at.is_not(None),
        Subscription.ends_on <= today,
        Subscription.cancelled_on <= today,
        paused,
    )
    told = (
        select(ServiceAction.verb)
        .where(
            ServiceAction.business_id == Subscription.business_id,
            ServiceAction.subscription_id == Subscription.id,
        )
        .order_by(ServiceAction.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    verb = case((off, "suspend"), (Subscription.throttled_at.is_not(None), "throttle"), else_="restore")
    on_router = (ServiceRecord.business_id == Subscription.business_id) & (
        ServiceRecord.subscription_id == Subscription.id
    )
    query = (
        select(Subscription.id)
        .join(ServiceRecord, on_router)
        .where(Subscription.business_id == business_id, func.coalesce(told, "restore") != verb)
    )
    if after is not None:
        query = query.where(Subscription.id > after)
    return list(db.session.scalars(query.order_by(Subscription.id).limit(limit)))
