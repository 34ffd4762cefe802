"""Services that their network does not stand as billing says, because a day has come that nobody did anything on."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select

from app.billing.models import DunningCut, Router, ServiceAction, ServiceRecord, Subscription, SubscriptionPause
from app.clients.models import Client
from app.extensions import db


def businesses_with_routers() -> list[uuid.UUID]:
    """Businesses of this installation whose services are switched."""
    query = select(Router.business_id).where(Router.archived_at.is_(None)).distinct()
    return list(db.session.scalars(query.order_by(Router.business_id)))


def not_followed(
    business_id: uuid.UUID, today: date, after: uuid.UUID | None, limit: int, *, held: bool = False
) -> list[uuid.UUID]:
    """The next subscriptions after one, by id, that are on a router which was told something else last than they are.

    What was never told anything is on. The same as `rules.control.wanted` says, in the words of the database: whoever
    acts on it asks the rule once more. While what days have ended is `held`, that is left out.
    """
    query = _differing(select(Subscription.id), business_id, today)
    if held:
        query = query.where(~_goes_off(today))
    if after is not None:
        query = query.where(Subscription.id > after)
    return list(db.session.scalars(query.order_by(Subscription.id).limit(limit)))


def going_off(business_id: uuid.UUID, today: date) -> int:
    """How many services are on still although a pause has begun or a term has ended. What dunning has cancelled is none
    of these: it was counted on the day on which that was decided."""
    return db.session.scalar(_differing(select(func.count(Subscription.id)), business_id, today, off=True)) or 0


def named_going_off(business_id: uuid.UUID, today: date, limit: int) -> list[Row[Any]]:
    """The first of these: rows of `id`, `service`, `client_name`, and `ended` (False: it is paused)."""
    client = and_(Client.business_id == Subscription.business_id, Client.id == Subscription.client_id)
    columns = (Subscription.id, Subscription.name.label("service"), Client.name.label("client_name"),
               _over(today).label("ended"))  # fmt: skip
    query = _differing(select(*columns), business_id, today, off=True).join(Client, client)
    return list(db.session.execute(query.order_by(Client.name, Subscription.id).limit(limit)))


def went_off(business_id: uuid.UUID, since: datetime) -> int:
    """How many services were switched off from an instant on that neither a person nor a batch of cuts decided on."""
    query = select(func.count(ServiceAction.subscription_id.distinct())).where(
        ServiceAction.business_id == business_id,
        ServiceAction.verb == "suspend",
        ServiceAction.actor_kind == "system",
        ServiceAction.batch_id.is_(None),
        ServiceAction.at >= since,
        ~_dunning_cancelled(ServiceAction.business_id, ServiceAction.subscription_id),
    )
    return db.session.scalar(query) or 0


def _differing(query: Select[Any], business_id: uuid.UUID, today: date, *, off: bool = False) -> Select[Any]:
    """What of a business stands otherwise than its network was told last; `off`: what is on, and is to go off."""
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
    away = or_(Subscription.suspended_at.is_not(None), _over(today), _paused(today))
    verb = case((away, "suspend"), (Subscription.throttled_at.is_not(None), "throttle"), else_="restore")
    on_router = (ServiceRecord.business_id == Subscription.business_id) & (
        ServiceRecord.subscription_id == Subscription.id
    )
    query = query.select_from(Subscription).join(ServiceRecord, on_router)
    query = query.where(Subscription.business_id == business_id, func.coalesce(told, "restore") != verb)
    return query.where(_goes_off(today)) if off else query


def _goes_off(today: date) -> ColumnElement[bool]:
    """Whether a subscription is off by its pause or its end alone."""
    by_days = and_(Subscription.suspended_at.is_(None), or_(_over(today), _paused(today)))
    return and_(by_days, ~_dunning_cancelled(Subscription.business_id, Subscription.id))


def _over(today: date) -> ColumnElement[bool]:
    ends = (Subscription.ends_on, Subscription.cancelled_on)
    return or_(*(and_(end.is_not(None), end <= today) for end in ends))


def _paused(today: date) -> ColumnElement[bool]:
    return exists().where(
        SubscriptionPause.business_id == Subscription.business_id,
        SubscriptionPause.subscription_id == Subscription.id,
        SubscriptionPause.since <= today,
        or_(SubscriptionPause.until.is_(None), SubscriptionPause.until > today),
    )


def _dunning_cancelled(business_id: Any, subscription_id: Any) -> ColumnElement[bool]:
    return exists().where(
        DunningCut.business_id == business_id,
        DunningCut.subscription_id == subscription_id,
        DunningCut.kind == "cancel",
        DunningCut.state == "done",
    )
