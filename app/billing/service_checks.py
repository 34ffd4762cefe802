"""What must hold of services, as `flask audit` asks: the days without one follow from when it was suspended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.billing.models import ServiceSpan, Subscription
from app.extensions import db
from app.statements import BUSINESS, built

_OPEN = and_(
    ServiceSpan.business_id == Subscription.business_id,
    ServiceSpan.subscription_id == Subscription.id,
    ServiceSpan.until.is_(None),
)


def _differs(kind: str, since: object) -> object:
    """Subscriptions of a business whose open span of a kind does not say what the subscription says."""
    join = and_(_OPEN, ServiceSpan.kind == kind)
    wrong = or_(
        and_(since.is_(None), ServiceSpan.id.is_not(None)),  # type: ignore[attr-defined]
        and_(since.is_not(None), or_(ServiceSpan.id.is_(None), ServiceSpan.since != since)),  # type: ignore[attr-defined]
    )
    query = select(Subscription.id).outerjoin(ServiceSpan, join).where(Subscription.business_id == BUSINESS, wrong)
    return built(query.order_by(Subscription.id))


_SUSPENDED = _differs("suspended", Subscription.suspended_at)
_THROTTLED = _differs("throttled", Subscription.throttled_at)


def days_without_service_are_written_down(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is suspended or throttled has an open span since then, and nothing else has one."""
    for word, query in (("suspended", _SUSPENDED), ("throttled", _THROTTLED)):
        for subscription_id in db.session.scalars(query, {"business_id": business_id}):  # type: ignore[call-overload]
            yield f"Since when the subscription {subscription_id} is {word} is not what its days say."


CHECKS = (days_without_service_are_written_down,)
