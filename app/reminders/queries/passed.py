"""What became of the steps of an invoice so far, for those who ask for all of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.auth.models import Person
from app.extensions import db
from app.messages.models import Message
from app.reminders.models import LadderStep, Reminder
from app.reminders.queries.outlooks import WARNING


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that is over for an invoice, meant for the day `on`. `kind` is what it was: a kind of message that was
    written, the wording of one that was not, what was done, or "warning".

    `by` is the person who decided it, empty for the sweep; `message_state` is how far its message has come.
    """

    step_id: uuid.UUID
    days: int
    kind: str
    outcome: str
    on: date
    at: datetime
    by: str
    channel: str
    message_id: uuid.UUID | None
    message_state: str


def passed(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[Passed]:
    """The steps of an invoice that are over, in the order in which they came to be."""
    of_step = (LadderStep.business_id == Reminder.business_id) & (LadderStep.id == Reminder.step_id)
    of_message = (Message.business_id == Reminder.business_id) & (Message.id == Reminder.message_id)
    columns = (LadderStep.days, LadderStep.wording, Message.kind, Message.channel, Message.state, Person.name)
    query = select(Reminder, *columns).join(LadderStep, of_step).outerjoin(Message, of_message)
    query = query.outerjoin(Person, Person.id == Reminder.created_by)
    mine = (Reminder.business_id == business_id, Reminder.invoice_id == invoice_id, Reminder.outcome != "postponed")
    rows = db.session.execute(query.where(*mine).order_by(Reminder.created_at, Reminder.id)).all()
    return [
        Passed(
            row.Reminder.step_id,
            row.days,
            WARNING if row.Reminder.channel == WARNING else row.kind or row.wording,
            row.Reminder.outcome,
            row.Reminder.on_day,
            row.Reminder.created_at,
            row.name or "",
            row.channel or "",
            row.Reminder.message_id,
            row.state or "",
        )
        for row in rows
    ]
