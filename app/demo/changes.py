"""A change that is planned for the demo business: a client takes the faster plan from the period after next on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from app.auth.rules import Actor
from app.billing.models import SubscriptionItem
from app.billing.rules.calendar import in_month
from app.billing.service.applying import change
from app.billing.service.wanting import PlanWish, to_plan
from app.extensions import db


def plan_a_change(owner: Actor, plans: Mapping[str, uuid.UUID], today: date, now: datetime) -> None:
    """Let the one who came last to the smaller plan change to the faster one."""
    query = select(SubscriptionItem.subscription_id).where(
        SubscriptionItem.business_id == owner.business_id, SubscriptionItem.plan_id == plans["H20"]
    )
    subscription_id = db.session.scalars(query.order_by(SubscriptionItem.id.desc()).limit(1)).one()
    wish = PlanWish(plans["H50"], in_month(today.year, today.month + 2, 1))
    change(owner, subscription_id, lambda one, on: to_plan(owner.business_id, one, wish, on), now=now)
