"""The sweep: whatever reminders are due go out, each once, however often and by whomever it runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from app.auth.rules import Actor
from app.database import transactional
from app.reminders import queries
from app.reminders.queries import Outlook
from app.reminders.rules import Planned
from app.reminders.service.writing import claim, remind

CHUNK = 50
"""Invoices looked at in one transaction: a large business must not hold up everybody else."""
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
    actor = Actor.system(business_id)
    looked, sent, due = queries.page_of_outlooks(desk, after, CHUNK), 0, []
    for one in looked:
        for step in one.steps:
            if step.state == "ahead":
                continue
            if step.state == "due":
                due.append((one, step))
                sent += bool(remind(actor, desk.business, one.invoice_id, step.rung, step.on, now))
            else:
                claim(actor, one.invoice_id, step.rung, step.on, step.state, now)
    return Swept(sent, due, _end(looked))


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
