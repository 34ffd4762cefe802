"""The sweep: whatever reminders are due go out, each once, however often and by whomever it runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.exc import DBAPIError

from app.auth.rules import Actor
from app.database import transactional
from app.extensions import db
from app.reminders import queries
from app.reminders.queries import Desk, Outlook
from app.reminders.rules import Planned
from app.reminders.service.writing import claim, remind

CHUNK = 50
"""Invoices looked at in one transaction: a large business must not hold up everybody else."""
log = structlog.get_logger("duely.reminders")
Place = tuple[date, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one chunk did: how many went out; what was due as (invoice, step); where the next one begins, if any."""

    sent: int
    due: list[tuple[Outlook, Planned]]
    after: Place | None


@transactional
def sweep(business_id: uuid.UUID, now: datetime, after: Place | None = None) -> Swept:
    """Send what is due among the next invoices after a place. Nothing for a business that sends no reminders."""
    desk = queries.get_desk(business_id, now)
    if not desk.business.reminders:
        return Swept(0, [], None)
    looked, sent, due = queries.page_of_outlooks(desk, after, CHUNK), 0, []
    # In the order of their ids, as everybody holds several invoices.
    for one in sorted(looked, key=lambda one: one.invoice_id):
        due += [(one, step) for step in one.steps if step.state == "due"]
        try:
            with db.session.begin_nested():
                sent += _act(Actor.system(business_id), desk, one, now)
        except DBAPIError:
            raise
        except Exception:
            # What is wrong with one invoice must not keep the others from being reminded of.
            log.exception("reminder.failed", business=str(business_id), invoice=str(one.invoice_id))
    return Swept(sent, due, _end(looked))


def _act(actor: Actor, desk: Desk, one: Outlook, now: datetime) -> int:
    """Send what is due for an invoice, and note what is overtaken or missed. Returns how many went out."""
    sent = 0
    for step in one.steps:
        if step.state == "due":
            sent += remind(actor, desk, one.invoice_id, step.rung, step.on, now) == "queued"
    for step in one.steps:
        if step.state in ("overtaken", "missed"):
            claim(actor, one.invoice_id, step.rung, step.on, step.state, now)
    return sent


def look(business_id: uuid.UUID, now: datetime, after: Place | None = None) -> Swept:
    """What `sweep` would send, changing nothing."""
    desk = queries.get_desk(business_id, now)
    if not desk.business.reminders:
        return Swept(0, [], None)
    looked = queries.page_of_outlooks(desk, after, CHUNK)
    due = [(one, step) for one in looked for step in one.steps if step.state == "due"]
    return Swept(0, due, _end(looked))


def _end(looked: list[Outlook]) -> Place | None:
    return (looked[-1].due, looked[-1].invoice_id) if len(looked) == CHUNK else None
