"""What is done with an invoice: issuing, sending, voiding, writing off and recovering it."""

from __future__ import annotations

import uuid

from flask import Response
from flask_login import current_user

from app import clock
from app.invoices.api.examples import INVOICE
from app.invoices.api.room import blueprint, programs_words, read
from app.invoices.api.shapes import InvoiceMessageOut, InvoiceOut, InvoiceReason, InvoiceSendIn
from app.invoices.forms.reason import ReasonForm
from app.invoices.models import Invoice
from app.invoices.queries import get_invoice
from app.invoices.service.issuing import issue, void
from app.invoices.service.sending import mark_sent, send
from app.invoices.service.writing_off import recover, write_off
from app.web.access import actor
from app.web.api import accepted, filled, operation, told

ISSUED = {
    **INVOICE,
    "number": "INV-2026-0001",
    "status": "open",
    "state": "open",
    "balance": INVOICE["total"],
    "issued_at": "2026-11-20T10:30:00Z",
    "version": 2,
}
NOTHING = INVOICE["paid"]


@blueprint.post("/invoices/<uuid:invoice_id>/issue/")
@operation(
    "Issue an invoice",
    role="staff",
    scope="invoices:write",
    gives=InvoiceOut,
    example=ISSUED,
    versioned=read,
    holds=Invoice,
)
def issue_invoice(invoice_id: uuid.UUID) -> Response:
    """A draft gets the next number, and can no longer be changed."""
    with programs_words():
        issue(actor(), invoice_id, now=clock.now())
    return told(read(invoice_id), "Issued")


@blueprint.post("/invoices/<uuid:invoice_id>/send/")
@operation(
    "Send an invoice",
    role="staff",
    scope="invoices:write",
    takes=InvoiceSendIn,
    gives=InvoiceMessageOut,
    status=202,
    example={
        "message_id": "01936f4e-7c00-7000-8000-000000000024",
        "channel": "email",
        "state": "queued",
        "recipients": 1,
        "invoice_id": INVOICE["id"],
        "number": "INV-2026-0001",
    },
    takes_example={"channels": ["email"]},
    versioned=read,
    holds=Invoice,
)
def send_invoice(invoice_id: uuid.UUID, body: InvoiceSendIn) -> Response:
    """Puts it into the outbox for its customer; a draft is issued first. It says "sent" once it was taken over."""
    with programs_words():
        channels = tuple(dict.fromkeys(body.channels))
        message = send(actor(), invoice_id, now=clock.now(), channels=channels)
    data = {
        "message_id": str(message.id),
        "channel": message.channel,
        "state": message.state,
        "recipients": len(message.recipients),
        "invoice_id": str(invoice_id),
        "number": get_invoice(current_user.business_id, invoice_id).number,
    }
    return accepted(data, "On its way")


@blueprint.post("/invoices/<uuid:invoice_id>/mark-sent/")
@operation(
    "Mark an invoice as sent",
    role="staff",
    scope="invoices:write",
    gives=InvoiceOut,
    example={**ISSUED, "sent_at": "2026-11-20T10:31:00Z"},
    versioned=read,
    holds=Invoice,
)
def mark_invoice_sent(invoice_id: uuid.UUID) -> Response:
    """When you handed it over yourself. Nothing is sent."""
    mark_sent(actor(), invoice_id, now=clock.now())
    return told(read(invoice_id), "Marked as sent")


@blueprint.post("/invoices/<uuid:invoice_id>/void/")
@operation(
    "Void an invoice",
    role="staff",
    scope="invoices:write",
    takes=InvoiceReason,
    gives=InvoiceOut,
    example={**ISSUED, "status": "void", "state": "void", "balance": NOTHING, "void_reason": "Typed twice"},
    takes_example={"reason": "Typed twice"},
    versioned=read,
    holds=Invoice,
)
def void_invoice(invoice_id: uuid.UUID, body: InvoiceReason) -> Response:
    """It keeps its number and nothing is owed on it any more. Payments and credit notes have to be undone before."""
    void(actor(), invoice_id, _reason(body), now=clock.now())
    return told(read(invoice_id), "Voided")


@blueprint.post("/invoices/<uuid:invoice_id>/write-off/")
@operation(
    "Write an invoice off",
    role="staff",
    scope="invoices:write",
    takes=InvoiceReason,
    gives=InvoiceOut,
    example={
        **ISSUED,
        "status": "written_off",
        "state": "written_off",
        "balance": NOTHING,
        "written_off": INVOICE["total"],
    },
    takes_example={"reason": "Gone bankrupt"},
    versioned=read,
    holds=Invoice,
)
def write_invoice_off(invoice_id: uuid.UUID, body: InvoiceReason) -> Response:
    """What is still owed leaves the receivables as bad debt, dated today. It can be recovered at any time."""
    write_off(actor(), invoice_id, _reason(body), now=clock.now())
    return told(read(invoice_id), "Written off")


@blueprint.post("/invoices/<uuid:invoice_id>/recover/")
@operation(
    "Recover an invoice",
    role="staff",
    scope="invoices:write",
    takes=InvoiceReason,
    gives=InvoiceOut,
    example=ISSUED,
    takes_example={"reason": "They wrote to us"},
    versioned=read,
    holds=Invoice,
)
def recover_invoice(invoice_id: uuid.UUID, body: InvoiceReason) -> Response:
    """What was written off is owed again."""
    recover(actor(), invoice_id, _reason(body), now=clock.now())
    return told(read(invoice_id), "Owed again")


def _reason(body: InvoiceReason) -> str:
    reason: str = filled(ReasonForm, body.model_dump()).reason.data
    return reason
