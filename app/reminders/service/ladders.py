"""Changing the ladder of a business, or of one client."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clients.queries import get_client
from app.clock import day_in
from app.database import locked, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.messages.rules import CHANNELS
from app.reminders import queries
from app.reminders.errors import AlreadyEnded
from app.reminders.models import LadderStep
from app.reminders.rules import ACTS, EARLIEST, LATEST, MOST_STEPS, USUAL, WORDINGS, ActValues, true_wording


@transactional
def add_step(
    actor: Actor,
    days: int,
    channel: str,
    wording: str,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
) -> LadderStep:
    """Add a reminder; it counts from tomorrow's on, for whatever falls on today or later.

    Needs admin for the ladder of the business or a plan, staff for a client's. Raises NotFound, Invalid.
    """
    business = _allowed(actor, client_id)
    if not EARLIEST <= days <= LATEST:
        raise Invalid("days", f"Enter a number of days from {EARLIEST} to {LATEST}.")
    if channel and channel not in CHANNELS:
        raise Invalid("channel", "Choose a channel from the list.")
    if wording not in WORDINGS:
        raise Invalid("wording", "Choose a wording from the list.")
    if (true := true_wording(wording, days)) != wording:
        raise Invalid("wording", f"That is not true {_side(days)} the due date. Choose “{WORDINGS[true]}”.")
    _check_room(actor.business_id, client_id, plan_id, days, channel)
    step = _step(business, days, channel, wording, day_in(now, business.timezone), now, client_id, plan_id)
    return _added(actor, step, now)


@transactional
def add_act(
    actor: Actor,
    values: ActValues,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
) -> LadderStep:
    """Add a step that is no reminder; it counts for whatever falls on today or later. Needs admin.

    Raises NotFound, Invalid.
    """
    actor.require("admin")
    business = _allowed(actor, client_id)
    if found := values.problem():
        raise Invalid(*found)
    _check_room(actor.business_id, client_id, plan_id, values.days, values.kind)
    about = (values.kind, values.kind, day_in(now, business.timezone), now, client_id, plan_id)
    step = _step(business, values.days, *about)
    for name, value in values.columns().items():
        setattr(step, name, value)
    return _added(actor, step, now)


@transactional
def end_step(
    actor: Actor,
    step_id: uuid.UUID,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
) -> LadderStep:
    """Take a step off a ladder of the business, a client or a plan; what it did stays. Raises NotFound, AlreadyEnded.

    Needs admin for what is no reminder.
    """
    step = locked(LadderStep, actor.business_id, step_id)
    if step is None or step.client_id != client_id or step.plan_id != plan_id:
        raise NotFound
    if step.kind != "remind":
        actor.require("admin")
    _allowed(actor, step.client_id)
    if step.ended_at is not None:
        raise AlreadyEnded
    _end(actor, step, now)
    return step


@transactional
def begin_ladder(
    actor: Actor, *, now: datetime, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None
) -> None:
    """Give a business the usual ladder, or a client or plan a copy of the business's; nothing where there is one.

    A copy counts from the same day on, so that it changes nothing by itself.
    """
    business = _allowed(actor, client_id)
    if queries.rungs(actor.business_id, client_id, plan_id):
        return
    copied = queries.ladder_steps(actor.business_id) if client_id or plan_id else []
    steps = [_copy(business, one, now, client_id, plan_id) for one in copied]
    if not steps:
        today = day_in(now, business.timezone)
        steps = [_step(business, days, "", wording, today, now, client_id, plan_id) for days, wording in USUAL]
    db.session.add_all(steps)
    about = client_id or plan_id or business.id
    audit.record(actor, "began_ladder", "ladder", about, now, client_id=client_id)


@transactional
def end_ladder(
    actor: Actor, client_id: uuid.UUID | None = None, *, now: datetime, plan_id: uuid.UUID | None = None
) -> None:
    """Let a client or a plan follow the business's ladder again. Raises NotFound."""
    _allowed(actor, client_id)
    for rung in queries.rungs(actor.business_id, client_id, plan_id) if client_id or plan_id else []:
        step = locked(LadderStep, actor.business_id, rung.id)
        if step is not None and step.ended_at is None:
            _end(actor, step, now)


def _end(actor: Actor, step: LadderStep, now: datetime) -> None:
    step.ended_at = now
    facts = {"days": step.days, "channel": step.channel, "kind": step.wording}
    audit.record(actor, "ended_step", "ladder", step.id, now, client_id=step.client_id, facts=facts)


def _added(actor: Actor, step: LadderStep, now: datetime) -> LadderStep:
    db.session.add(step)
    db.session.flush()
    facts = {"days": step.days, "channel": step.channel, "kind": step.wording}
    facts |= {"plan_id": str(step.plan_id)} if step.plan_id else {}
    audit.record(actor, "added_step", "ladder", step.id, now, client_id=step.client_id, facts=facts)
    return step


def _check_room(
    business_id: uuid.UUID, client_id: uuid.UUID | None, plan_id: uuid.UUID | None, days: int, channel: str
) -> None:
    """Raises Invalid where a ladder is full, or says the same on that day already."""
    there = queries.rungs(business_id, client_id, plan_id)
    if len(there) >= MOST_STEPS:
        raise Invalid("days", f"A ladder has at most {MOST_STEPS} steps.")
    if any(rung.days == days and rung.channel == channel for rung in there):
        what = "of that kind on that day" if channel in ACTS else "on that day by that channel"
        raise Invalid("days", f"There is a step {what} already.")


def _side(days: int) -> str:
    return "before" if days < 0 else "after" if days else "on"


def _allowed(actor: Actor, client_id: uuid.UUID | None) -> Business:
    actor.require("staff" if client_id else "admin")
    if client_id is not None:
        get_client(actor.business_id, client_id)
    return get_business(actor.business_id)


def _step(
    business: Business,
    days: int,
    channel: str,
    wording: str,
    since: date,
    now: datetime,
    client_id: uuid.UUID | None,
    plan_id: uuid.UUID | None,
) -> LadderStep:
    return LadderStep(
        business_id=business.id,
        client_id=client_id,
        plan_id=plan_id,
        days=days,
        channel=channel,
        wording=wording,
        since=since,
        created_at=now,
    )


def _copy(
    business: Business, one: LadderStep, now: datetime, client_id: uuid.UUID | None, plan_id: uuid.UUID | None
) -> LadderStep:
    """A step of the business's on another ladder."""
    made = _step(business, one.days, one.channel, one.wording, one.since, now, client_id, plan_id)
    for name in ActValues.__slots__:
        setattr(made, name, getattr(one, name))
    return made
