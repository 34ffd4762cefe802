"""Changes of subscriptions: what was changed, and what is planned."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import select

from app.billing.models import SubscriptionChange
from app.extensions import db


def changes_of(business_id: uuid.UUID, subscription_id: uuid.UUID) -> list[SubscriptionChange]:
    """What was changed and not called off, the latest first."""
    query = (
        select(SubscriptionChange)
        .where(
            SubscriptionChange.business_id == business_id,
            SubscriptionChange.subscription_id == subscription_id,
            SubscriptionChange.called_off_at.is_(None),
        )
        .order_by(SubscriptionChange.since.desc(), SubscriptionChange.id.desc())
    )
    return list(db.session.scalars(query))


def planned_change(business_id: uuid.UUID, subscription_id: uuid.UUID, today: date) -> SubscriptionChange | None:
    """The change whose day has not come; there is at most one."""
    return next((one for one in changes_of(business_id, subscription_id) if one.since > today), None)
