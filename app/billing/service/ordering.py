"""What the network is told to do with a service: written down here, and carried out by a job."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update

from app import clock, jobs
from app.auth import audit
from app.auth.queries import get_business, members
from app.auth.rules import Actor
from app.billing import queries
from app.billing.drivers.base import Verb
from app.billing.models import DunningBatch, ServiceAction, Subscription
from app.billing.queries.following import businesses_with_routers, not_followed
from app.billing.queries.subscriptions import outlines
from app.billing.rules import state
from app.billing.rules.control import VERBS, why_switched
from app.billing.rules.control import wanted as wanted_of
from app.billing.service.gathering import hold_ends
from app.database import locked, new_id, transactional
from app.extensions import db

CHUNK = 50
"""Subscriptions that are held at a time."""


@transactional
def order(
    actor: Actor,
    subscription_id: uuid.UUID,
    verb: Verb,
    reason: str,
    *,
    now: datetime,
    batch_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
) -> ServiceAction:
    """Have the network do what billing has decided, which changes nothing about the subscription itself.

    Where it is on no router there is nothing to do, and the action is done at once.
    """
    actor.require("staff")
    older = (
        ServiceAction.business_id == actor.business_id,
        ServiceAction.subscription_id == subscription_id,
        ServiceAction.state.in_(("wanted", "failed")),
    )
    db.session.execute(update(ServiceAction).where(*older).values(state="superseded"))
    nowhere = queries.record_of(actor.business_id, subscription_id) is None
    action = ServiceAction(
        business_id=actor.business_id,
        id=new_id(),
        subscription_id=subscription_id,
        verb=verb,
        reason=reason[:300],
        actor_kind=actor.kind,
        created_by=actor.person_id,
        actor_name=actor.name,
        batch_id=batch_id,
        invoice_id=invoice_id,
        state="done" if nowhere else "wanted",
        answer="It is on no router, so there is nothing to switch." if nowhere else "",
        at=now,
        done_at=now if nowhere else None,
    )
    db.session.add(action)
    db.session.flush()
    if not nowhere:
        args = {"action_id": str(action.id)}
        key, ahead = f"service:{action.id}", verb == "restore"
        jobs.enqueue("billing.service", key, args, business_id=actor.business_id, ahead=ahead)
    return action


def follow(actor: Actor, row: Subscription, now: datetime) -> ServiceAction | None:
    """Have the network do what has become of a subscription, which is held, unless it was told that last.

    What is on no router, and what is as it was told, is left alone: then None.
    """
    if queries.record_of(row.business_id, row.id) is None:
        return None
    [one] = outlines(row.business_id, [row])
    today = clock.day_in(now, get_business(row.business_id).timezone)
    stands = state(one.facts(today, overdue=False), today)
    verb = VERBS[wanted_of(stands, row.throttled_at is not None)]
    told = queries.latest_action(row.business_id, row.id)
    if (told.verb if told else "restore") == verb:
        return None
    return order(actor, row.id, verb, why_switched(stands, row.suspend_reason), now=now)


@transactional
def follow_all(now: datetime) -> None:
    """Look in every business which pauses have begun or ended and which subscriptions are over: a job for each."""
    hour = int(now.timestamp()) // 3600
    for business_id in businesses_with_routers():
        jobs.enqueue("billing.follow", f"follow:{hour}", {}, business_id=business_id)


@transactional
def follow_days(
    business_id: uuid.UUID, after: uuid.UUID | None, *, now: datetime, batch_id: uuid.UUID | None = None
) -> int:
    """Have the network follow what days have brought: pauses and terms that began or ended. Returns how many it told.

    Some subscriptions after one, by id; another job goes on behind them. Where too many would go off on one day these
    stay on until a person approves it; `batch_id` names the batch that was approved, and it is done in their name.
    """
    approved = _approver(business_id, batch_id) if batch_id else None
    actor, done = approved or Actor.system(business_id), 0
    held = approved is None and hold_ends(business_id, now)
    today = clock.day_in(now, get_business(business_id).timezone)
    ids = not_followed(business_id, today, after, CHUNK, held=held)
    for subscription_id in ids:
        row = locked(Subscription, business_id, subscription_id)
        action = follow(actor, row, now) if row is not None else None
        if row is not None and action is not None:
            facts = {"reason": action.reason, "verb": action.verb}
            audit.record(actor, "followed", "subscription", row.id, now, client_id=row.client_id, facts=facts)
            done += 1
    if len(ids) == CHUNK:
        follow_on(business_id, batch_id, after=ids[-1])
    return done


def follow_on(business_id: uuid.UUID, batch_id: uuid.UUID | None = None, *, after: uuid.UUID | None = None) -> None:
    """Have a job look after the days of a business, in the transaction that decides it."""
    args = {name: str(value) for name, value in (("after", after), ("batch_id", batch_id)) if value}
    jobs.enqueue("billing.follow", f"follow:{new_id()}", args, business_id=business_id)


def _approver(business_id: uuid.UUID, batch_id: uuid.UUID) -> Actor | None:
    """Who approved a batch, as far as that still holds."""
    batch = db.session.get(DunningBatch, (business_id, batch_id))
    if batch is None or batch.approved_at is None or batch.state not in ("running", "done"):
        return None
    found = next((one for one in members(business_id) if one.person_id == batch.approved_by), None)
    return Actor("person", business_id, found.role, found.person_id, found.name) if found else None  # type: ignore[arg-type]
