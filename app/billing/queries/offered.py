"""What can be subscribed to: plans and add-ons that are offered, with what they cost on a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.billing.models import Plan
from app.billing.queries.plans import StoredPrice, prices_of
from app.billing.rules.plans import PriceValues, price_on
from app.extensions import db

MOST = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen in a currency, with what it costs who begins on the day that was asked for."""

    plan: Plan
    price: PriceValues


Choices = dict[uuid.UUID, Choice]
"""{plan: what it costs}."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The plans of a business that are offered, by name, with all their prices."""

    plans: Sequence[Plan]
    prices: dict[uuid.UUID, list[StoredPrice]]

    @property
    def currencies(self) -> list[str]:
        """Those that something has a price in."""
        return sorted({price.currency for plan in self.plans for price in self.prices[plan.id]})

    def choices(self, kind: str, currency: str, on: date) -> Choices:
        """{plan: what it costs} of one kind, of those that have a price in a currency on a day."""
        found = ((plan, price_on(self.prices[plan.id], currency, on)) for plan in self.plans if plan.kind == kind)
        return {plan.id: Choice(plan, price) for plan, price in found if price is not None}


def offered(business_id: uuid.UUID) -> Offered:
    """Everything that is offered now."""
    query = (
        select(Plan)
        .where(Plan.business_id == business_id, Plan.archived_at.is_(None))
        .order_by(Plan.sort_name, Plan.id)
        .limit(MOST)
    )
    plans = list(db.session.scalars(query))
    return Offered(plans, prices_of(business_id, [plan.id for plan in plans]))
