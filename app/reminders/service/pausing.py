"""Holding reminders up: for a client or an invoice until a day, and for everybody on days off."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clients.queries import get_client
from app.clock import day_in
from app.database import insert_once, locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules import WrongState
from app.reminders.errors import AlreadyEnded
from app.reminders.models import Hold, Holiday

LONGEST_HOLD = 365


@transactional
def hold(
    actor: Actor,
    until: date,
    reason: str,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
) -> Hold:
    """Let reminders of a client, or of one invoice, wait to the end of a day. Raises NotFound, Invalid, and
    WrongState for a draft."""
    actor.require("staff")
    business = get_business(actor.business_id)
    today = day_in(now, business.timezone)
    if until < today:
        raise Invalid("until", "Choose today or a later day.")
    if (until - today).days > LONGEST_HOLD:
        raise Invalid("until", "Choose a day within a year.")
    whose = client_id or _client_of(actor.business_id, invoice_id)
    get_client(actor.business_id, whose)
    made = Hold(
        business_id=actor.business_id,
        client_id=client_id,
        invoice_id=None if client_id else invoice_id,
        until=until,
        reason=reason[:300],
        created_by=actor.person_id,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    _record(actor, "held_reminders", made, whose, now)
    return made


@transactional
def let_go(
    actor: Actor,
    hold_id: uuid.UUID,
    *,
    now: datetime,
    client_id: uuid.UUID | None = None,
    invoice_id: uuid.UUID | None = None,
) -> Hold:
    """End a hold on this client, or one that holds this invoice up, before its day. Raises NotFound, AlreadyEnded."""
    actor.require("staff")
    whose = client_id or _client_of(actor.business_id, invoice_id)
    found = locked(Hold, actor.business_id, hold_id)
    if found is None or (found.invoice_id != invoice_id if found.invoice_id else found.client_id != whose):
        raise NotFound
    if found.ended_at is not None:
        raise AlreadyEnded("The hold was lifted already.")
    found.ended_at = now
    _record(actor, "let_reminders_go", found, whose, now)
    return found


@transactional
def add_holiday(actor: Actor, on: date, name: str, *, now: datetime) -> None:
    """Add a day on which no reminder goes out; a day that is there already stays. Raises Invalid."""
    actor.require("admin")
    today = day_in(now, get_business(actor.business_id).timezone)
    if not today <= on <= today.replace(year=today.year + 5, day=1):
        raise Invalid("on_day", "Choose a day from today on, within five years.")
    values = {"business_id": actor.business_id, "id": new_id(), "on_day": on, "name": name[:80]}
    if insert_once(Holiday, **values):
        audit.record(actor, "added_holiday", "ladder", actor.business_id, now, facts={"on": on.isoformat()})


@transactional
def remove_holiday(actor: Actor, holiday_id: uuid.UUID, *, now: datetime) -> None:
    """Make a day an ordinary one again. Raises NotFound."""
    actor.require("admin")
    found = locked(Holiday, actor.business_id, holiday_id)
    if found is None:
        raise NotFound
    db.session.delete(found)
    facts = {"on": found.on_day.isoformat()}
    audit.record(actor, "removed_holiday", "ladder", actor.business_id, now, facts=facts)


def _client_of(business_id: uuid.UUID, invoice_id: uuid.UUID | None) -> uuid.UUID:
    invoice = locked(Invoice, business_id, invoice_id) if invoice_id else None
    if invoice is None or invoice.client_id is None:
        raise NotFound
    if invoice.status == "draft":
        raise WrongState("This invoice is still a draft: nobody is reminded of it.")
    return invoice.client_id


def _record(actor: Actor, verb: str, found: Hold, client_id: uuid.UUID, now: datetime) -> None:
    facts = {"until": found.until.isoformat(), "reason": found.reason}
    kind, about = ("invoice", found.invoice_id) if found.invoice_id else ("client", client_id)
    audit.record(actor, verb, kind, about or client_id, now, client_id=client_id, facts=facts)
