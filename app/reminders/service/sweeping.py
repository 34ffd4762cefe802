"""The sweep: whatever reminders are due go out, each once, however often and by whomever it runs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.auth.queries import somebody_is_verified
from app.auth.rules import Actor
from app.database import transactional
from app.extensions import db
from app.reminders import queries
from app.reminders.queries import Desk, Outlook
from app.reminders.queries.finding import Place
from app.reminders.rules import Planned
from app.reminders.service.writing import claim, remind

CHUNK = 50
"""Invoices looked at in one transaction: a large business must not hold up everybody else."""
log = structlog.get_logger("duely.reminders")
Act = Callable[[Actor, Desk, Outlook, Planned, datetime], None]
"""What does a step that is no reminder, in the open transaction: for whom, on which desk, which invoice and step."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one chunk did: how many went out; what was due as (invoice, step); where the next one begins, if any."""

    sent: int
    due: list[tuple[Outlook, Planned]]
    after: Place | None


@transactional
def sweep(business_id: uuid.UUID, now: datetime, after: Place | None = None) -> Swept:
    """Do what is due among the next invoices after a place. Nothing for a business that has nothing in force, or in
    which nobody has shown that their address is theirs.

    What is no reminder is done by the rooms above, as they registered it.
    """
    desk = queries.get_desk(business_id, now)
    if not desk.in_force or not somebody_is_verified(business_id):
        return Swept(0, [], None)
    places, sent, due = queries.due_ids(desk, after, CHUNK), 0, []
    looked = queries.outlooks_at(desk, [id for _, id in places])
    # In the order of their ids, as everybody holds several invoices.
    for one in sorted(looked, key=lambda one: one.invoice_id):
        due += [(one, step) for step in one.steps if step.state == "due"]
        sent += _attempt(desk, one, now)
    return Swept(sent, due, _end(places))


def _act(actor: Actor, desk: Desk, one: Outlook, now: datetime) -> int:
    """Do what is due for an invoice, and note what is overtaken or missed. Returns how many reminders went out."""
    sent = 0
    acts: Mapping[str, Act] = current_app.extensions.get("duely_ladder_acts", {})
    for step in one.steps:
        if step.state == "due" and step.rung.is_act:
            acts[step.rung.kind](actor, desk, one, step, now)
        elif step.state == "due":
            sent += remind(actor, desk, one.invoice_id, step.rung, step.on, now) == "queued"
    for step in one.steps:
        if step.state in ("overtaken", "missed"):
            claim(actor, one.invoice_id, step.rung, step.on, step.state, now)
    return sent


@transactional
def sweep_acts(business_id: uuid.UUID, now: datetime, after: Place | None = None) -> Place | None:
    """The same without reminders: only what the rooms above do. Returns where the next chunk begins, if any."""
    desk = queries.get_desk(business_id, now)
    if not desk.in_force - {"remind"}:
        return None
    places = queries.due_ids(desk, after, CHUNK)
    for one in sorted(queries.outlooks_at(desk, [id for _, id in places]), key=lambda one: one.invoice_id):
        acts = replace(one, steps=[step for step in one.steps if step.rung.is_act])
        _attempt(desk, acts, now)
    return _end(places)


def _attempt(desk: Desk, one: Outlook, now: datetime) -> int:
    """Do what is due for an invoice, so that what is wrong with it keeps nothing else from being done."""
    business_id = desk.business.id
    try:
        with db.session.begin_nested():
            return _act(Actor.system(business_id), desk, one, now)
    except DBAPIError:
        raise
    except Exception:
        log.exception("reminder.failed", business=str(business_id), invoice=str(one.invoice_id))
        return 0


def look(business_id: uuid.UUID, now: datetime, after: Place | None = None) -> Swept:
    """What `sweep` would do, changing nothing."""
    desk = queries.get_desk(business_id, now)
    if not desk.in_force or not somebody_is_verified(business_id):
        return Swept(0, [], None)
    places = queries.due_ids(desk, after, CHUNK)
    looked = queries.outlooks_at(desk, [id for _, id in places])
    due = [(one, step) for one in looked for step in one.steps if step.state == "due"]
    return Swept(0, due, _end(places))


def _end(places: list[Place]) -> Place | None:
    return places[-1] if len(places) == CHUNK else None
