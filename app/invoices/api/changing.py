"""Changing drafts, and throwing them away. What was issued stays as it is."""

from __future__ import annotations

import uuid

from flask import Response
from flask_login import current_user

from app import clock
from app.invoices.api.examples import INVOICE, TYPED
from app.invoices.api.room import blueprint, programs_words, read
from app.invoices.api.shapes import InvoiceChange, InvoiceIn, InvoiceOut
from app.invoices.api.typed import changed_draft, typed_draft
from app.invoices.models import Invoice
from app.invoices.queries import get_invoice
from app.invoices.queries.stored import stored_values
from app.invoices.service.drafts import delete_draft, refuse_issued, save_draft
from app.invoices.values import DraftValues
from app.web.access import actor
from app.web.api import operation, said, told, version_asked_for


@blueprint.put("/invoices/<uuid:invoice_id>/")
@operation(
    "Replace a draft",
    role="staff",
    scope="invoices:write",
    takes=InvoiceIn,
    gives=InvoiceOut,
    example=INVOICE,
    takes_example=TYPED,
    versioned=read,
)
def replace_invoice(invoice_id: uuid.UUID, body: InvoiceIn) -> Response:
    """All that it says. An invoice that was issued is never changed: 409."""
    draft = _draft(invoice_id)
    return _save(draft, typed_draft(body))


@blueprint.patch("/invoices/<uuid:invoice_id>/")
@operation(
    "Change a draft",
    role="staff",
    scope="invoices:write",
    takes=InvoiceChange,
    gives=InvoiceOut,
    example=INVOICE,
    takes_example={"notes": "Thank you", "discount": "5%"},
    versioned=read,
)
def change_invoice(invoice_id: uuid.UUID, body: InvoiceChange) -> Response:
    """What is left out stays, and so does what is null, but for customer_id, discount and rate_to_base, which null
    takes away. An invoice that was issued is never changed: 409."""
    draft = _draft(invoice_id)
    return _save(draft, changed_draft(stored_values(draft), body))


@blueprint.delete("/invoices/<uuid:invoice_id>/")
@operation("Delete a draft", role="staff", scope="invoices:write", versioned=read)
def delete_invoice(invoice_id: uuid.UUID) -> Response:
    """It is gone for good with its files. An invoice that was issued is never deleted: 409."""
    present = get_invoice(current_user.business_id, invoice_id).version
    delete_draft(actor(), invoice_id, now=clock.now(), version=version_asked_for(present))
    return said("Draft deleted")


def _draft(invoice_id: uuid.UUID) -> Invoice:
    """Raises NotFound, and WrongState once it is issued."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    refuse_issued(invoice.status, "edited")
    return invoice


def _save(draft: Invoice, values: DraftValues) -> Response:
    invoice_id, version = draft.id, version_asked_for(draft.version)
    with programs_words():
        save_draft(actor(), invoice_id, values, version=version, now=clock.now())
    return told(read(invoice_id), "Saved")
