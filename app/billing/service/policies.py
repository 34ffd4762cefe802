"""How a business wants to be billed for, and letting go of parked clients."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import clock, database
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StalePolicy
from app.billing.models import BillingPolicy, ParkedClient
from app.billing.rules.runs import PolicyValues, noted
from app.database import insert_once, new_id, transactional
from app.errors import NotFound
from app.extensions import db


@transactional
def change_policy(actor: Actor, values: PolicyValues, *, version: int, now: datetime) -> BillingPolicy:
    """Choose how runs are planned, approved and sent from now on; `version` is 0 where nothing was chosen before.

    Raises NotAllowed, Invalid, and StalePolicy when somebody saved since `version` was read.
    """
    actor.require("admin")
    values.check()
    row = _held(actor.business_id)
    if row is None and not version:
        fresh: dict[str, Any] = {"business_id": actor.business_id, "id": new_id(), "updated_at": now, "version": 1}
        if insert_once(BillingPolicy, **fresh, **noted(values)):
            row = _held(actor.business_id)
            before = noted(PolicyValues())
            changes = {name: (before[name], value) for name, value in noted(values).items() if before[name] != value}
            audit.record(actor, "changed_billing_policy", "business", actor.business_id, now, changes=changes)
            assert row is not None
            return row
    if row is None or row.version != version:
        raise StalePolicy(current=row or queries.find_policy(actor.business_id))
    changes = audit.differences(row, noted(values))
    for name, (_before, value) in changes.items():
        setattr(row, name, value)
    if changes:
        row.updated_at = now
        audit.record(actor, "changed_billing_policy", "business", actor.business_id, now, changes=changes)
        db.session.flush()
    return row


@transactional
def park(actor: Actor, client_id: uuid.UUID, subscription_id: uuid.UUID, reason: str, now: datetime) -> bool:
    """Bill nothing recurring to a client until somebody lets go. Returns whether they were not parked before."""
    values: dict[str, Any] = {"business_id": actor.business_id, "id": new_id(), "client_id": client_id}
    values |= {"subscription_id": subscription_id, "reason": reason[:300], "at": now}
    new = insert_once(ParkedClient, **values)
    if new:
        facts = {"reason": reason, "subscription_id": str(subscription_id)}
        audit.record(actor, "parked", "client", client_id, now, client_id=client_id, facts=facts)
        audit.record(actor, "parked", "subscription", subscription_id, now, client_id=client_id, facts=facts)
    return new


@transactional
def let_go(actor: Actor, client_id: uuid.UUID, *, now: datetime) -> ParkedClient:
    """Bill a parked client again from the next run on; what was billed so far is not counted any more.

    Raises NotFound when they are not parked.
    """
    actor.require("staff")
    query = select(ParkedClient).where(
        ParkedClient.business_id == actor.business_id,
        ParkedClient.client_id == client_id,
        ParkedClient.let_go_at.is_(None),
    )
    row: ParkedClient | None = db.session.scalar(query.with_for_update() if database.LOCKS else query)
    if row is None:
        raise NotFound
    row.let_go_at, row.let_go_by = now, actor.person_id
    row.counted_from = clock.day_in(now, get_business(actor.business_id).timezone)
    audit.record(actor, "let_go", "client", client_id, now, client_id=client_id, facts={"reason": row.reason})
    return row


def _held(business_id: uuid.UUID) -> BillingPolicy | None:
    query = select(BillingPolicy).where(BillingPolicy.business_id == business_id)
    query = query.execution_options(populate_existing=True)
    return db.session.scalar(query.with_for_update() if database.LOCKS else query)
