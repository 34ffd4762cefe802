"""Policies of dunning: the business's, and those that clients and plans have of their own."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from app.billing.models import DunningPolicy, Plan
from app.billing.rules.dunning import Terms
from app.clients.models import Client
from app.extensions import db


def policy_of(
    business_id: uuid.UUID, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None
) -> DunningPolicy | None:
    """The policy that the business, a client or a plan has of its own."""
    query = select(DunningPolicy).where(DunningPolicy.business_id == business_id)
    query = query.where(DunningPolicy.client_id == client_id if client_id else DunningPolicy.client_id.is_(None))
    return db.session.scalar(
        query.where(DunningPolicy.plan_id == plan_id if plan_id else DunningPolicy.plan_id.is_(None))
    )


def terms_of(row: DunningPolicy | None) -> Terms:
    """A policy as the rules take it; what goes where nobody has said anything without one."""
    if row is None:
        return Terms()
    return Terms(
        row.enabled,
        row.grace_days,
        row.quiet_days,
        frozenset(row.spared_tags),
        {str(currency): int(minor) for currency, minor in row.least_owed.items()},
        row.warning_days,
        row.breaker_percent,
        row.breaker_count,
        row.promise_days,
        row.promises_open,
        row.promises_a_year,
        row.promise_percent,
    )


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that count for some clients and plans."""

    usual: Terms
    of_clients: dict[uuid.UUID, Terms]
    of_plans: dict[uuid.UUID, Terms]

    def of(self, client_id: uuid.UUID | None, plan_id: uuid.UUID | None) -> Terms:
        """The client's own, else the plan's, else the business's."""
        if client_id in self.of_clients:
            return self.of_clients[client_id]
        return self.of_plans.get(plan_id, self.usual) if plan_id else self.usual


def policies_for(business_id: uuid.UUID, clients: Collection[uuid.UUID], plans: Collection[uuid.UUID]) -> Policies:
    """The business's policy, and those that some clients and plans have of their own."""
    usual = and_(DunningPolicy.client_id.is_(None), DunningPolicy.plan_id.is_(None))
    theirs = or_(usual, DunningPolicy.client_id.in_(clients), DunningPolicy.plan_id.in_(plans))
    found = Policies(Terms(), {}, {})
    rows = list(db.session.scalars(select(DunningPolicy).where(DunningPolicy.business_id == business_id, theirs)))
    for row in rows:
        if row.client_id:
            found.of_clients[row.client_id] = terms_of(row)
        elif row.plan_id:
            found.of_plans[row.plan_id] = terms_of(row)
    mine = next((terms_of(row) for row in rows if not (row.client_id or row.plan_id)), Terms())
    return Policies(mine, found.of_clients, found.of_plans)


def own_policies(business_id: uuid.UUID) -> list[tuple[DunningPolicy, str]]:
    """The policies that clients and plans have of their own, with their names."""
    of_client = and_(Client.business_id == DunningPolicy.business_id, Client.id == DunningPolicy.client_id)
    of_plan = and_(Plan.business_id == DunningPolicy.business_id, Plan.id == DunningPolicy.plan_id)
    name = func.coalesce(Client.name, Plan.name)
    query = select(DunningPolicy, name).outerjoin(Client, of_client).outerjoin(Plan, of_plan)
    query = query.where(DunningPolicy.business_id == business_id, name.is_not(None)).order_by(name, DunningPolicy.id)
    return [(row[0], row[1]) for row in db.session.execute(query)]
