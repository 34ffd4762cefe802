"""One reminder: the key is claimed, then its message is written into the outbox, in one transaction."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import update

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.auth.service import links
from app.clock import day_in
from app.database import insert_once, locked, new_id
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.service.letters import letter, letter_to
from app.messages import service as messages
from app.messages.models import Message
from app.messages.rules import Face, after_quiet
from app.reminders.models import Reminder
from app.reminders.queries import Desk, outlook_at
from app.reminders.rules import Rung, wording_for


def claim(
    actor: Actor,
    invoice_id: uuid.UUID,
    rung: Rung,
    on: date,
    outcome: str,
    now: datetime,
    not_before: date | None = None,
) -> bool:
    """Say once what becomes of a step. Returns False when somebody has said it already.

    A postponed step is open still, so whatever comes next takes its place.
    """
    said = {"outcome": outcome, "not_before": not_before, "created_by": actor.person_id, "created_at": now}
    key = {
        "business_id": actor.business_id,
        "invoice_id": invoice_id,
        "step_id": rung.id,
        "channel": rung.channel,
    }
    if insert_once(Reminder, **key, **said, id=new_id(), on_day=on, message_id=None):
        return True
    mine = [getattr(Reminder, name) == value for name, value in key.items()]
    again = update(Reminder).where(*mine, Reminder.outcome == "postponed").values(**said)
    return bool(db.session.execute(again).rowcount)  # type: ignore[attr-defined]


def remind(actor: Actor, desk: Desk, invoice_id: uuid.UUID, rung: Rung, on: date, now: datetime) -> str:
    """Send one step in the open transaction, unless it is over or the money came. Returns its outcome, or "".

    What goes out by itself must still be due once the invoice is held, and waits for the end of the quiet hours; what
    a person sends goes at once. The wording is the one that is true today.
    """
    business = desk.business
    invoice = locked(Invoice, business.id, invoice_id)
    if invoice is None or invoice.status != "open" or invoice.balance_minor <= 0 or invoice.client_id is None:
        return ""
    if actor.kind == "system" and not _is_still_due(desk, invoice_id, rung):
        return ""
    wording = wording_for(rung.wording, invoice.due_date, desk.today)
    if not claim(actor, invoice_id, rung, on, "queued", now):
        return ""
    stop = f"/u/{links.make_link(business.id, 'remind', invoice.client_id, now)}/"
    about, faces = letter(
        business.id,
        invoice_id,
        wording,
        now,
        channels=(rung.channel,) if rung.channel else (),
        unsubscribe=links.public_url(stop),
    )
    waits = None
    if actor.kind == "system":
        waits = after_quiet(now, business.timezone, business.quiet_from, business.quiet_until)
    try:
        message = messages.dispatch(business.id, about, faces, now=now, not_before=waits if waits != now else None)
    except messages.Unreachable as error:
        _note(business.id, invoice_id, rung, outcome="unreachable")
        facts = {"kind": wording, "reason": str(error), "days": rung.days}
        audit.record(actor, "not_reminded", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
        return "unreachable"
    _note(business.id, invoice_id, rung, message_id=message.id)
    facts = {"kind": wording, "channel": message.channel, "message_id": str(message.id), "days": rung.days}
    audit.record(actor, "reminded", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    return "queued"


def worded_anew(message: Message, now: datetime, look: bool = False) -> tuple[str, Face] | None:
    """A message about an invoice as it would be written now, and its kind; None for one that no wait makes untrue.

    A part was paid while it waited, or the day it was to speak of has passed; or nobody has worded it yet. With `look`
    nothing is made of it, not even the client's link.
    """
    reminder = message.kind.startswith("reminder")
    if message.object_id is None or not (reminder or message.kind == "invoice"):
        return None
    invoice = db.session.get(Invoice, (message.business_id, message.object_id))
    if invoice is None or (invoice.status != "open" and message.text):
        return None
    today = day_in(now, get_business(message.business_id).timezone)
    kind = wording_for(message.kind, invoice.due_date, today) if reminder else message.kind
    stop = str(message.extras.get("unsubscribe") or "")
    told = (message.business_id, invoice.id, kind, message.channel, message.recipients, now)
    return kind, letter_to(*told, unsubscribe=stop, look=look)


def _is_still_due(desk: Desk, invoice_id: uuid.UUID, rung: Rung) -> bool:
    seen = outlook_at(desk, invoice_id)
    return seen is not None and any(step.rung.id == rung.id and step.state == "due" for step in seen.steps)


def _note(business_id: uuid.UUID, invoice_id: uuid.UUID, rung: Rung, **values: object) -> None:
    mine = (Reminder.business_id == business_id, Reminder.invoice_id == invoice_id, Reminder.step_id == rung.id)
    db.session.execute(update(Reminder).where(*mine, Reminder.channel == rung.channel).values(**values))
