"""What staff decide about one reminder to come: not at all, later, or now."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import Invalid, NotFound
from app.invoices.models import Invoice
from app.messages.service import Unreachable
from app.reminders import queries
from app.reminders.errors import StepIsOver
from app.reminders.rules import Planned, as_postponed
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
    """Let one reminder for this invoice wait until a day. Raises NotFound, StepIsOver.

    Raises Invalid for a day gone by, and for one on which it would not go out: a later reminder stands there, or has
    said more by then.
    """
    step = _open_step(actor, invoice_id, step_id, now)
    today = queries.get_desk(actor.business_id, now).today
    if until <= today:
        raise Invalid("until", "Choose a day after today.")
    if (until - today).days > 365:
        raise Invalid("until", "Choose a day within a year.")
    then = queries.outlook_if(actor.business_id, invoice_id, as_postponed(step.rung, until), now)
    if not then or step.rung.id not in [one.rung.id for one in then.to_come]:
        raise Invalid("until", "A later reminder takes its place by then. Choose an earlier day, or leave it out.")
    if not claim(actor, invoice_id, step.rung, step.on, "postponed", now, until):
        raise StepIsOver
    _record(actor, "reminder_postponed", invoice_id, step, now, until=until.isoformat())


@transactional
def send_now(actor: Actor, invoice_id: uuid.UUID, step_id: uuid.UUID, *, now: datetime) -> None:
    """Send one reminder today instead of on its day; the others stay on theirs, as `rules.plan` says.

    Raises NotFound, NotVerified, StepIsOver, Unreachable.
    """
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
    known = queries.ladder_step(actor.business_id, step_id)
    if locked(Invoice, actor.business_id, invoice_id) is None or known is None:
        raise NotFound
    seen = queries.outlook(actor.business_id, invoice_id, now)
    step = next((one for one in seen.steps if one.rung.id == step_id and one.is_open), None) if seen else None
    if step is None:
        raise StepIsOver
    return step


def _record(actor: Actor, verb: str, invoice_id: uuid.UUID, step: Planned, now: datetime, **more: str) -> None:
    invoice = locked(Invoice, actor.business_id, invoice_id)
    facts = {"kind": step.rung.wording, "days": step.rung.days, "on": step.on.isoformat(), **more}
    client_id = invoice.client_id if invoice else None
    audit.record(actor, verb, "invoice", invoice_id, now, client_id=client_id, facts=facts)
