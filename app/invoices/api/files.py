"""Files that travel with an invoice."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import datetime
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.api.room import blueprint
from app.invoices.models import Attachment
from app.invoices.queries import attachments, get_invoice
from app.invoices.service.attaching import attach, detach
from app.storage.base import FileMissing
from app.storage.registry import storage
from app.web.access import actor
from app.web.api import Count, In, Out, instant, made, operation, told
from app.web.downloads import name_file

AT = "/invoices/<uuid:invoice_id>/files/"
FILE = "application/octet-stream"
_NAMES = {"attachment": "content", "file": "content"}


class InvoiceFileIn(In):
    """A file, whose content has to be what its name says. A request is at most 256 KB, so files of about 190 KB fit;
    larger ones are attached on the page."""

    filename: str = Field(min_length=1, max_length=200, examples=["terms.txt"])
    content: str = Field(min_length=1, description="The bytes in base64.", examples=["UGF5YWJsZSBpbiAxNCBkYXlzLgo="])


class InvoiceFileOut(Out):
    """A file, its size in bytes."""

    id: uuid.UUID
    filename: str
    content_type: str
    size: Count
    created_at: datetime


_FILE: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000028",
    "filename": "terms.txt",
    "content_type": "text/plain",
    "size": 20,
    "created_at": "2026-11-20T10:30:00Z",
}


def _written(row: Attachment) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "filename": row.filename,
        "content_type": row.content_type,
        "size": row.size,
        "created_at": instant(row.created_at),
    }


def _all(invoice_id: uuid.UUID) -> list[dict[str, Any]]:
    invoice = get_invoice(current_user.business_id, invoice_id)
    return [_written(row) for row in attachments(invoice.business_id, invoice.id)]


@blueprint.get(AT)
@operation(
    "List the files of an invoice", role="viewer", scope="invoices:read", gives=InvoiceFileOut, many=True, example=_FILE
)  # fmt: skip
def list_invoice_files(invoice_id: uuid.UUID) -> Response:
    """All that travel with it, the oldest first."""
    return told(_all(invoice_id))


@blueprint.post(AT)
@operation(
    "Attach a file to a draft",
    role="staff",
    scope="invoices:write",
    takes=InvoiceFileIn,
    gives=InvoiceFileOut,
    status=201,
    example=_FILE,
    takes_example={"filename": "terms.txt", "content": "UGF5YWJsZSBpbiAxNCBkYXlzLgo="},
    calls=True,
)
def attach_invoice_file(invoice_id: uuid.UUID, body: InvoiceFileIn) -> Response:
    """PDF, pictures, CSV, text, Excel and Word without macros; at most ten of them."""
    try:
        raw = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("content", "This is no base64.") from error
    try:
        row = attach(actor(), invoice_id, body.filename, raw, now=clock.now())
    except Invalid as error:
        raise Invalid({_NAMES.get(path, path): said for path, said in error.errors.items()}) from error
    where = url_for("invoices_api.get_invoice_file", invoice_id=invoice_id, attachment_id=row.id)
    return made(_written(row), where, "Attached")


@blueprint.get(AT + "<uuid:attachment_id>/")
@operation("Get a file of an invoice", role="viewer", scope="invoices:read", media=FILE)
def get_invoice_file(invoice_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
    """Its bytes, under its name; what it is stands in the list."""
    row = db.session.get(Attachment, (current_user.business_id, attachment_id))
    if row is None or row.invoice_id != invoice_id:
        raise NotFound
    try:
        response = Response(storage().get(row.storage_key), mimetype=FILE)
    except FileMissing as error:
        raise NotFound("This file is not in the store any more.") from error
    name_file(response, row.filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.delete(AT + "<uuid:attachment_id>/")
@operation(
    "Take a file off a draft", role="staff", scope="invoices:write", gives=InvoiceFileOut, many=True, example=_FILE
)  # fmt: skip
def remove_invoice_file(invoice_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
    """What is left. An issued invoice keeps its files."""
    detach(actor(), invoice_id, attachment_id, now=clock.now())
    return told(_all(invoice_id), "Taken off")
