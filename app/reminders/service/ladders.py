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
from app.reminders.rules import EARLIEST, LATEST, MOST_STEPS, USUAL, WORDINGS, true_wording


@transactional
def add_step(
    actor: Actor, days: int, channel: str, wording: str, *, now: datetime, client_id: uuid.UUID | None = None
) -> LadderStep:
    """Add a step; it counts from tomorrow's reminders on, for whatever falls on today or later.

    Needs admin for the business's ladder, staff for a client's. Raises NotFound, Invalid.
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
    there = queries.rungs(actor.business_id, client_id)
    if len(there) >= MOST_STEPS:
        raise Invalid("days", f"A ladder has at most {MOST_STEPS} steps.")
    if any(rung.days == days and rung.channel == channel for rung in there):
        raise Invalid("days", "There is a step on that day by that channel already.")
    step = _step(business, days, channel, wording, day_in(now, business.timezone), now, client_id)
    db.session.add(step)
    db.session.flush()
    facts = {"days": days, "channel": channel, "kind": wording}
    audit.record(actor, "added_step", "ladder", step.id, now, client_id=client_id, facts=facts)
    return step


@transactional
def end_step(actor: Actor, step_id: uuid.UUID, *, now: datetime, client_id: uuid.UUID | None = None) -> LadderStep:
    """Take a step off the business's ladder, or a client's; what it sent stays. Raises NotFound, AlreadyEnded."""
    step = locked(LadderStep, actor.business_id, step_id)
    if step is None or step.client_id != client_id:
        raise NotFound
    _allowed(actor, step.client_id)
    if step.ended_at is not None:
        raise AlreadyEnded
    step.ended_at = now
    facts = {"days": step.days, "channel": step.channel, "kind": step.wording}
    audit.record(actor, "ended_step", "ladder", step.id, now, client_id=step.client_id, facts=facts)
    return step


@transactional
def begin_ladder(actor: Actor, *, now: datetime, client_id: uuid.UUID | None = None) -> None:
    """Give a business the usual ladder, or a client a copy of the business's; nothing where there is one already.

    A copy counts from the same day on, so that it changes nothing by itself.
    """
    business = _allowed(actor, client_id)
    if queries.rungs(actor.business_id, client_id):
        return
    copied = queries.rungs(actor.business_id) if client_id else []
    steps = [(rung.days, rung.channel, rung.wording, rung.since) for rung in copied]
    steps = steps or [(days, "", wording, day_in(now, business.timezone)) for days, wording in USUAL]
    db.session.add_all([_step(business, *step, now, client_id) for step in steps])
    audit.record(actor, "began_ladder", "ladder", client_id or business.id, now, client_id=client_id)


@transactional
def end_ladder(actor: Actor, client_id: uuid.UUID, *, now: datetime) -> None:
    """Let a client follow the business's ladder again. Raises NotFound."""
    _allowed(actor, client_id)
    for rung in queries.rungs(actor.business_id, client_id):
        end_step(actor, rung.id, now=now, client_id=client_id)


def _side(days: int) -> str:
    return "before" if days < 0 else "after" if days else "on"


def _allowed(actor: Actor, client_id: uuid.UUID | None) -> Business:
    actor.require("staff" if client_id else "admin")
    if client_id is not None:
        get_client(actor.business_id, client_id)
    return get_business(actor.business_id)


def _step(
    business: Business, days: int, channel: str, wording: str, since: date, now: datetime, client_id: uuid.UUID | None
) -> LadderStep:
    return LadderStep(
        business_id=business.id,
        client_id=client_id,
        days=days,
        channel=channel,
        wording=wording,
        since=since,
        created_at=now,
    )
