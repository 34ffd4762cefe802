"""The reminders of an invoice: what is planned, what was sent or left out, and what staff decide about one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.invoices.queries import get_invoice
from app.reminders import queries, service
from app.reminders.api import blueprint
from app.reminders.api.schedule_shapes import SCHEDULE, PostponeIn, ReminderScheduleOut
from app.reminders.api.schedules import schedule
from app.reminders.forms import PostponeForm
from app.web.access import actor
from app.web.api import filled, operation, told

AT = "/billing/invoices/<uuid:invoice_id>/reminders/"
_DECIDES: dict[str, Any] = {
    "role": "staff",
    "scope": "billing:write",
    "gives": ReminderScheduleOut,
    "example": SCHEDULE,
}


def _read(invoice_id: uuid.UUID) -> dict[str, Any]:
    invoice = get_invoice(current_user.business_id, invoice_id)
    seen = queries.outlook(invoice.business_id, invoice.id, clock.now())
    return schedule(invoice.id, seen, queries.passed(invoice.business_id, invoice.id))


@blueprint.get(AT)
@operation(
    "Read the reminders of an invoice",
    role="viewer",
    scope="billing:read",
    gives=ReminderScheduleOut,
    example=SCHEDULE,
)
def read_invoice_reminders(invoice_id: uuid.UUID) -> Response:
    """The steps of its ladder that are to come, late fees and cuts among them, and what became of those before."""
    return told(_read(invoice_id))


@blueprint.post(AT + "<uuid:step_id>/postpone/")
@operation("Postpone a reminder", takes=PostponeIn, takes_example={"until": "2026-12-15"}, **_DECIDES)
def postpone_reminder(invoice_id: uuid.UUID, step_id: uuid.UUID, body: PostponeIn) -> Response:
    """It waits until that day, and says what is true then; the others stay."""
    until = filled(PostponeForm, body.model_dump()).until.data
    service.postpone(actor(), invoice_id, step_id, until, now=clock.now())
    return told(_read(invoice_id), "It waits")


@blueprint.post(AT + "<uuid:step_id>/send-now/")
@operation("Send a reminder now", **_DECIDES)
def send_reminder_now(invoice_id: uuid.UUID, step_id: uuid.UUID) -> Response:
    """Today instead of on its day, in the words that are true today, and in spite of a hold."""
    service.send_now(actor(), invoice_id, step_id, now=clock.now())
    return told(_read(invoice_id), "The reminder is on its way")


@blueprint.post(AT + "<uuid:step_id>/skip/")
@operation("Leave a reminder out", **_DECIDES)
def skip_reminder(invoice_id: uuid.UUID, step_id: uuid.UUID) -> Response:
    """Of this invoice alone; the others stay."""
    service.skip(actor(), invoice_id, step_id, now=clock.now())
    return told(_read(invoice_id), "It is left out")
