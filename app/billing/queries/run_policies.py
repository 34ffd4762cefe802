"""How a business wants to be billed for, and which of its clients are parked."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.billing.models import BillingPolicy, ParkedClient
from app.billing.rules.runs import PolicyValues
from app.clients.models import Client
from app.extensions import db


def find_policy(business_id: uuid.UUID) -> BillingPolicy | None:
    """The policy of a business, if it ever chose one."""
    return db.session.scalar(select(BillingPolicy).where(BillingPolicy.business_id == business_id))


def policy_of(business_id: uuid.UUID) -> PolicyValues:
    """What holds in a business: what it chose, else the defaults."""
    row = find_policy(business_id)
    if row is None:
        return PolicyValues()
    return PolicyValues(row.review_days, row.approve_alone, row.hold_hours, row.missed, row.bill_suspended)


def parked(business_id: uuid.UUID, limit: int = 50) -> list[tuple[ParkedClient, str]]:
    """The clients whom nothing recurring is billed to, with their names, the latest first."""
    query = (
        select(ParkedClient, Client.name)
        .join(Client, (Client.business_id == ParkedClient.business_id) & (Client.id == ParkedClient.client_id))
        .where(ParkedClient.business_id == business_id, ParkedClient.let_go_at.is_(None))
        .order_by(ParkedClient.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
