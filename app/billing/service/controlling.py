"""Suspending, throttling and restoring services: decided here, carried out on the network by a job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import or_, select

from app import clock, jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.drivers.base import Verb
from app.billing.errors import StaleSubscription
from app.billing.models import ServiceAction, ServiceSpan, Subscription
from app.billing.queries.control import businesses_with_ended
from app.billing.rules import move
from app.billing.rules.states import WrongMove
from app.billing.service.ordering import follow, order
from app.billing.service.subscriptions import state_of
from app.billing.service.unserved import give_back_unserved, leave_out_unserved, settle_ended
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db

_TOLD = {"suspend": "suspended", "throttle": "throttled", "restore": "restored"}


@transactional
def suspend(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    reason: str,
    now: datetime,
    batch_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
    until_paid: bool | None = None,
    version: int | None = None,
) -> ServiceAction:
    """Let a subscription be used no more; its network is told by a job.

    `batch_id` names the sweep that decides it, `invoice_id` what is owed. `until_paid`: a payment ends it by itself; as
    a rule what the system decides, and not what a person does. Raises NotFound, WrongMove, StaleSubscription.
    """
    row = _held(actor, subscription_id, version)
    move(state_of(row, _today(row, now)), "suspend")
    if row.throttled_at is not None and row.until_paid:
        # What a payment ends goes with the suspension; what a person made slow for good is slow again after it.
        row.throttled_at = None
        _end_spans(row, now)
    row.suspended_at = now
    return _restrict(actor, row, "suspend", reason, now, batch_id, invoice_id, until_paid)


@transactional
def throttle(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    reason: str,
    now: datetime,
    batch_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
    until_paid: bool | None = None,
    version: int | None = None,
) -> ServiceAction:
    """Make a subscription slow; the rest is as with `suspend`. Raises NotFound, WrongMove, StaleSubscription."""
    row = _held(actor, subscription_id, version)
    state = state_of(row, _today(row, now))
    move(state, "throttle")
    if row.throttled_at is not None:
        raise WrongMove("This subscription is throttled already.", current=state)
    row.throttled_at = now
    return _restrict(actor, row, "throttle", reason, now, batch_id, invoice_id, until_paid)


@transactional
def restore(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    reason: str,
    now: datetime,
    batch_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
    version: int | None = None,
) -> ServiceAction:
    """End both: the subscription is what it was before, and whole days without service that were billed are credited
    unless the policy says otherwise. Raises NotFound, WrongMove, StaleSubscription."""
    row = _held(actor, subscription_id, version)
    state = state_of(row, _today(row, now))
    move(state, "restore" if row.suspended_at is not None else "unthrottle")
    if row.suspended_at is None and row.throttled_at is None:
        raise WrongMove("This subscription is neither suspended nor throttled.", current=state)
    suspended_at = row.suspended_at
    row.suspended_at, row.throttled_at, row.suspend_reason, row.until_paid = None, None, "", False
    _end_spans(row, now)
    told: dict[str, str | None] = {}
    if suspended_at is not None:
        told = give_back_unserved(actor, row, suspended_at, now)
        leave_out_unserved(row, suspended_at, now)
    action = _want(actor, row, "restore", reason, now, batch_id, invoice_id, told)
    # What is paused meanwhile stays off: the network is told that in place of it.
    follow(actor, row, now)
    return action


def _lift(
    actor: Actor, row: Subscription, reason: str, now: datetime, batch_id: uuid.UUID | None = None
) -> ServiceAction:
    """Undo what is over: all of it, or only the suspension of what a person had made slow for good before."""
    by_hand = _slow_by_hand(row)
    action = restore(actor, row.id, reason=reason, now=now, batch_id=batch_id)
    if by_hand is None:
        return action
    row.throttled_at = now
    made = _restrict(actor, row, "throttle", by_hand.reason, now, None, None, until_paid=False)
    # It is their decision still, whoever restores what came on top of it.
    made.actor_kind, made.created_by, made.actor_name = by_hand.actor_kind, by_hand.created_by, by_hand.actor_name
    follow(actor, row, now)
    return made


def _slow_by_hand(row: Subscription) -> ServiceAction | None:
    """How a person made a service slow that is suspended on top of it and that no payment is to restore wholly."""
    if row.suspended_at is None or row.throttled_at is None:
        return None
    mine = (ServiceAction.business_id == row.business_id, ServiceAction.subscription_id == row.id)
    query = select(ServiceAction).where(*mine, ServiceAction.verb == "throttle").order_by(ServiceAction.id.desc())
    found = db.session.scalar(query.limit(1))
    return found if found is not None and found.actor_kind == "person" else None


def _end_spans(row: Subscription, now: datetime) -> None:
    mine = (ServiceSpan.business_id == row.business_id, ServiceSpan.subscription_id == row.id)
    for span in db.session.scalars(select(ServiceSpan).where(*mine, ServiceSpan.until.is_(None))):
        # Whoever waited for the row may have looked at the clock before it was suspended.
        span.until = max(now, span.since)
    db.session.flush()


@transactional
def restore_batch(actor: Actor, batch_id: uuid.UUID, now: datetime) -> list[ServiceAction]:
    """Restore everything that a batch suspended or throttled and that nobody restored or decided on since; what a
    person had made slow before is slow again.

    What its own state does not allow any more (it has ended meanwhile) is left as it is.
    """
    actor.require("staff")
    query = (
        select(ServiceAction.subscription_id)
        .where(
            ServiceAction.business_id == actor.business_id,
            ServiceAction.batch_id == batch_id,
            ServiceAction.verb != "restore",
        )
        .distinct()
    )
    done = []
    for subscription_id in sorted(db.session.scalars(query)):
        row = _held(actor, subscription_id, None)
        if row.suspended_at is None and row.throttled_at is None:
            continue
        latest = queries.latest_action(actor.business_id, subscription_id)
        if latest is None or latest.batch_id != batch_id:
            continue
        try:
            done.append(_lift(actor, row, "The batch was undone", now, batch_id))
        except WrongMove:
            continue
    return done


@transactional
def reactivate(business_id: uuid.UUID, client_id: uuid.UUID, *, now: datetime) -> list[ServiceAction]:
    """Restore what a client has paid for: what was restricted until it is paid and of which nothing is owed now.

    What a person had made slow until they restore it is slow again."""
    actor = Actor.system(business_id)
    today = clock.day_in(now, get_business(business_id).timezone)
    done = []
    for found in queries.paid_again(business_id, client_id, today):
        row = _held(actor, found.id, None)
        if row.until_paid and (row.suspended_at is not None or row.throttled_at is not None):
            done.append(_lift(actor, row, "What was owed is paid", now))
    return done


@transactional
def reactivate_all() -> None:
    """Look in every business for what is paid and was not restored yet, or is over: one job for each of them."""
    for business_id in sorted({*queries.businesses_with_restricted(), *businesses_with_ended()}):
        jobs.enqueue("billing.reactivate", f"reactivate:{new_id()}", {}, business_id=business_id)


@transactional
def plan_reactivations(business_id: uuid.UUID, *, now: datetime) -> None:
    """One job for each client of a business who has paid and still waits; what is over is settled."""
    settle_ended(business_id, now)
    today = clock.day_in(now, get_business(business_id).timezone)
    for client_id in sorted({row.client_id for row in queries.paid_again(business_id, None, today)}):
        _plan_reactivation(business_id, client_id)


def note_settled(business_id: uuid.UUID, client_id: uuid.UUID | None, invoice_id: uuid.UUID) -> None:
    """When an invoice owes nothing any more, in the transaction that settles it: look soon what may be restored."""
    query = select(Subscription.id).where(
        Subscription.business_id == business_id,
        Subscription.client_id == client_id,
        or_(Subscription.suspended_at.is_not(None), Subscription.throttled_at.is_not(None)),
    )
    if client_id is None or db.session.scalar(query.limit(1)) is None:
        return
    _plan_reactivation(business_id, client_id)


def _plan_reactivation(business_id: uuid.UUID, client_id: uuid.UUID) -> None:
    args = {"client_id": str(client_id)}
    key = f"reactivate:{client_id}:{new_id()}"
    jobs.enqueue("billing.reactivate", key, args, business_id=business_id, ahead=True)


def _held(actor: Actor, subscription_id: uuid.UUID, version: int | None) -> Subscription:
    actor.require("staff")
    row = locked(Subscription, actor.business_id, subscription_id)
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise StaleSubscription(current=row)
    return row


def _today(row: Subscription, now: datetime) -> date:
    return clock.day_in(now, get_business(row.business_id).timezone)


def _restrict(
    actor: Actor,
    row: Subscription,
    verb: Verb,
    reason: str,
    now: datetime,
    batch_id: uuid.UUID | None,
    invoice_id: uuid.UUID | None,
    until_paid: bool | None,
) -> ServiceAction:
    """Write down why, from when on, and until what, and have the network do it."""
    row.suspend_reason = reason[:300]
    row.until_paid = actor.kind == "system" if until_paid is None else until_paid
    span = ServiceSpan(business_id=row.business_id, subscription_id=row.id, kind=_TOLD[verb], since=now)
    db.session.add(span)
    return _want(actor, row, verb, reason, now, batch_id, invoice_id)


def _want(
    actor: Actor,
    row: Subscription,
    verb: Verb,
    reason: str,
    now: datetime,
    batch_id: uuid.UUID | None,
    invoice_id: uuid.UUID | None,
    told: Mapping[str, str | None] = MappingProxyType({}),
) -> ServiceAction:
    """Write down what is wanted, take the place of what was wanted before, and let a job carry it out."""
    row.updated_at = now
    action = order(actor, row.id, verb, reason, now=now, batch_id=batch_id, invoice_id=invoice_id)
    facts = {"reason": reason, "batch_id": _text(batch_id), "invoice_id": _text(invoice_id), **told}
    audit.record(actor, _TOLD[verb], "subscription", row.id, now, client_id=row.client_id, facts=facts)
    return action


def _text(value: uuid.UUID | None) -> str | None:
    return str(value) if value else None
