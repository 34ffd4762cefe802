"""New drafts: one, several at once, a copy of an invoice, and one that takes the place of an invoice."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.errors import DuelyError, Invalid
from app.invoices.api.examples import INVOICE, TYPED
from app.invoices.api.room import blueprint, place, programs_words, read
from app.invoices.api.shapes import InvoiceIn, InvoiceOut, InvoiceReason, InvoiceResult, InvoicesIn
from app.invoices.api.typed import typed_draft
from app.invoices.forms.reason import ReasonForm
from app.invoices.models import Invoice
from app.invoices.service.drafts import create_draft, duplicate
from app.invoices.service.revising import begin_revision, revision_of
from app.web.access import actor
from app.web.api import filled, made, operation, several, told


@blueprint.post("/invoices/")
@operation(
    "Create an invoice",
    role="staff",
    scope="invoices:write",
    takes=InvoiceIn,
    gives=InvoiceOut,
    status=201,
    example=INVOICE,
    takes_example=TYPED,
)
def create_invoice(body: InvoiceIn) -> Response:
    """Makes a draft, which can be changed until it is issued. Taxes are only those that lines or their items name."""
    invoice_id = _create(body)
    return made(read(invoice_id), place(invoice_id), "Draft created")


@blueprint.post("/invoices/bulk/")
@operation(
    "Create several invoices",
    role="staff",
    scope="invoices:write",
    takes=InvoicesIn,
    gives=InvoiceResult,
    many=True,
    status=207,
    example={
        "index": 0,
        "success": True,
        "id": INVOICE["id"],
        "code": None,
        "message": "Draft created",
        "errors": {},
    },
    takes_example={"invoices": [TYPED]},
)
def create_invoices(body: InvoicesIn) -> Response:
    """At most 100 drafts, each made by itself: what is wrong with one keeps no other from being made."""
    return several([_result(index, one) for index, one in enumerate(body.invoices)])


@blueprint.post("/invoices/<uuid:invoice_id>/duplicate/")
@operation(
    "Copy an invoice",
    role="staff",
    scope="invoices:write",
    gives=InvoiceOut,
    status=201,
    example=INVOICE,
)
def duplicate_invoice(invoice_id: uuid.UUID) -> Response:
    """A new draft with the same customer and lines, dated today."""
    copy_id = duplicate(actor(), invoice_id, now=clock.now()).id
    return made(read(copy_id), place(copy_id), "Draft created")


@blueprint.post("/invoices/<uuid:invoice_id>/revise/")
@operation(
    "Begin to revise an invoice",
    role="staff",
    scope="invoices:write",
    takes=InvoiceReason,
    gives=InvoiceOut,
    status=201,
    example=INVOICE,
    takes_example={"reason": "Wrong quantity"},
    also={200: "It was begun before: the draft as it stands."},
    versioned=read,
    holds=Invoice,
)
def revise_invoice(invoice_id: uuid.UUID, body: InvoiceReason) -> Response:
    """The draft that takes its place, with the same lines. Only when that is issued is this one credited, and what was
    paid on it settles the new one. A draft that is thrown away leaves no trace."""
    reason = filled(ReasonForm, body.model_dump()).reason.data
    begun = revision_of(current_user.business_id, invoice_id) is not None
    draft_id = begin_revision(actor(), invoice_id, reason, now=clock.now())
    if begun:
        return told(read(draft_id), "It was begun before")
    return made(read(draft_id), place(draft_id), "Change what is wrong, then issue it")


def _create(body: InvoiceIn) -> uuid.UUID:
    with programs_words():
        return create_draft(actor(), typed_draft(body), now=clock.now()).id


def _result(index: int, body: InvoiceIn) -> dict[str, Any]:
    result: dict[str, Any] = {
        "index": index,
        "success": True,
        "id": None,
        "code": None,
        "message": "Draft created",
        "errors": {},
    }
    try:
        return result | {"id": str(_create(body))}
    except DuelyError as error:
        errors = error.errors if isinstance(error, Invalid) else {}
        return result | {"success": False, "code": error.code, "message": str(error), "errors": errors}
