"""Changing what has to hold before a service is cut, and what customers may promise."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import exists, select, update

from app import database
from app.auth import audit
from app.auth.models import Business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StalePolicy
from app.billing.models import DunningPolicy
from app.billing.queries.dunning_policies import policy_of
from app.billing.rules.dunning import Terms
from app.clients.queries import get_client
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db


@transactional
def set_policy(
    actor: Actor,
    values: Terms,
    version: int,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
) -> DunningPolicy:
    """Write the policy of the business, or the own one of a client or plan; `version` is 0 where there is none yet.

    Needs admin. Raises NotFound, StalePolicy.
    """
    actor.require("admin")
    _hold_business(actor.business_id)
    _whose(actor, client_id, plan_id)
    row = _held(actor.business_id, client_id, plan_id)
    if (row.version if row else 0) != version:
        raise StalePolicy(current=row)
    changes = audit.differences(row, values.columns()) if row else {}
    if row is None:
        row = DunningPolicy(
            business_id=actor.business_id, id=new_id(), client_id=client_id, plan_id=plan_id, created_at=now
        )
        db.session.add(row)
    elif not changes:
        return row
    for name, value in values.columns().items():
        setattr(row, name, value)
    row.updated_at = now
    db.session.flush()
    _note_whether(actor.business_id)
    facts = {"plan_id": str(plan_id)} if plan_id else {}
    about = ("dunning_policy", row.id)
    audit.record(actor, "changed_policy", *about, now, client_id=client_id, facts=facts, changes=changes)
    return row


@transactional
def drop_policy(
    actor: Actor, *, now: datetime, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None
) -> None:
    """Let a client or plan go by what goes for everybody again. Needs admin. Raises NotFound."""
    actor.require("admin")
    _hold_business(actor.business_id)
    _whose(actor, client_id, plan_id)
    row = _held(actor.business_id, client_id, plan_id) if client_id or plan_id else None
    if row is None:
        raise NotFound
    facts = {"plan_id": str(plan_id)} if plan_id else {}
    audit.record(actor, "dropped_policy", "dunning_policy", row.id, now, client_id=client_id, facts=facts)
    db.session.delete(row)
    db.session.flush()
    _note_whether(actor.business_id)


def _hold_business(business_id: uuid.UUID) -> None:
    """Hold the business first of all, so that two changes follow one another."""
    query = select(Business.id).where(Business.id == business_id)
    db.session.execute(query.with_for_update() if database.LOCKS else query)


def _note_whether(business_id: uuid.UUID) -> None:
    """Store with the business whether anything is enforced at all: every page of an invoice asks for it."""
    any_ = exists().where(DunningPolicy.business_id == business_id, DunningPolicy.enabled.is_(True))
    # Not as a person edits it, so its version stays and nobody's open form is stale.
    db.session.execute(update(Business).where(Business.id == business_id).values(enforces=any_))
    db.session.expire_all()


def _whose(actor: Actor, client_id: uuid.UUID | None, plan_id: uuid.UUID | None) -> None:
    if client_id is not None:
        get_client(actor.business_id, client_id)
    if plan_id is not None:
        queries.get_plan(actor.business_id, plan_id)


def _held(business_id: uuid.UUID, client_id: uuid.UUID | None, plan_id: uuid.UUID | None) -> DunningPolicy | None:
    known = policy_of(business_id, client_id, plan_id)
    return locked(DunningPolicy, business_id, known.id) if known else None
