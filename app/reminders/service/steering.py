"""What staff decide about one reminder to come: not at all, later, or now."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.messages.service import Unreachable
from app.reminders import queries
from app.reminders.errors import StepIsOver
from app.reminders.models import LadderStep
from app.reminders.rules import Planned
from app.reminders.service.writing import claim, remind


@transactional
def skip(actor: Actor, invoice_id: uuid.UUID, step_id: uuid.UUID, *, now: datetime) -> None:
    """Leave one reminder out for this invoice. Raises NotFound, StepIsOver."""
    step = _open_step(actor, invoice_id, step_id, now)
    if not claim(actor, invoice_id, step.rung, step.on, "skipped", now):
        raise StepIsOver
    _record(actor, "reminder_skipped", invoice_id, step, now)


@transactional
def postpone(actor: Actor, invoice_id: uuid.UUID, step_id: uuid.UUID, until: date, *, now: datetime) -> None:
    """Let one reminder for this invoice wait until a day. Raises NotFound, StepIsOver, Invalid for a day gone by."""
    step = _open_step(actor, invoice_id, step_id, now)
    today = queries.get_desk(actor.business_id, now).today
    if until <= today:
        raise Invalid("until", "Choose a day after today.")
    if (until - today).days > 365:
        raise Invalid("until", "Choose a day within a year.")
    if not claim(actor, invoice_id, step.rung, step.on, "postponed", now, until):
        raise StepIsOver
    _record(actor, "reminder_postponed", invoice_id, step, now, until=until.isoformat())


@transactional
def send_now(actor: Actor, invoice_id: uuid.UUID, step_id: uuid.UUID, *, now: datetime) -> None:
    """Send one reminder today instead of on its day. Raises NotFound, NotVerified, StepIsOver, Unreachable."""
    actor.require_verified()
    step = _open_step(actor, invoice_id, step_id, now)
    desk = queries.get_desk(actor.business_id, now)
    outcome = remind(actor, desk, invoice_id, step.rung, step.on, now)
    if outcome == "unreachable":
        raise Unreachable("There is no channel on which this client can be reached.")
    if not outcome:
        raise StepIsOver


def _open_step(actor: Actor, invoice_id: uuid.UUID, step_id: uuid.UUID, now: datetime) -> Planned:
    actor.require("staff")
    known = db.session.get(LadderStep, (actor.business_id, step_id))
    if locked(Invoice, actor.business_id, invoice_id) is None or known is None:
        raise NotFound
    seen = queries.outlook(actor.business_id, invoice_id, now)
    step = next((one for one in seen.steps if one.rung.id == step_id), None) if seen else None
    if step is None:
        raise StepIsOver
    return step


def _record(actor: Actor, verb: str, invoice_id: uuid.UUID, step: Planned, now: datetime, **more: str) -> None:
    invoice = locked(Invoice, actor.business_id, invoice_id)
    facts = {"kind": step.rung.wording, "days": step.rung.days, **more}
    client_id = invoice.client_id if invoice else None
    audit.record(actor, verb, "invoice", invoice_id, now, client_id=client_id, facts=facts)
