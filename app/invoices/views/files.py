"""Files of an invoice: its PDF, and what is attached to it."""

from __future__ import annotations

import uuid

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.invoices import queries
from app.invoices.models import Attachment
from app.invoices.printing import pdf_filename
from app.invoices.service import printing
from app.invoices.views.room import blueprint
from app.storage.base import FileMissing
from app.storage.registry import storage
from app.web.access import requires
from app.web.downloads import name_file
from app.web.drawing import come_again, drawn
from app.web.security import allow_framing


@blueprint.get("/<uuid:invoice_id>/pdf/")
@requires("viewer")
def pdf(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The PDF; while it is being drawn, a page that asks again by itself."""
    business_id = current_user.business_id
    invoice = queries.get_invoice(business_id, invoice_id)
    name = invoice.number or "draft"
    found = drawn(
        lambda: printing.find_printed(business_id, invoice_id, clock.now()),
        lambda: printing.request_pdf(business_id, invoice_id, clock.now()),
    )
    framed = "framed" in request.args
    if framed:
        allow_framing()
    if found is not None:
        return _download(found, pdf_filename(name), "application/pdf", "inline" if framed else "attachment")
    return come_again(
        "invoices/pdf_waiting.html",
        lambda tried: url_for("invoices.pdf", invoice_id=invoice_id, tried=tried, framed="1" if framed else None),
        invoice_id=invoice_id,
        name=name,
    )


@blueprint.get("/<uuid:invoice_id>/files/<uuid:attachment_id>/")
@requires("viewer")
def attachment(invoice_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """One attached file, always as a download."""
    row = db.session.get(Attachment, (current_user.business_id, attachment_id))
    if row is None or row.invoice_id != invoice_id:
        raise NotFound
    try:
        return _download(storage().get(row.storage_key), row.filename, row.content_type)
    except FileMissing as error:
        raise NotFound("This file is not in the store any more.") from error


def _download(raw: bytes, filename: str, content_type: str, how: str = "attachment") -> Response:
    response = Response(raw, mimetype=content_type)
    name_file(response, filename, how)
    response.headers["Cache-Control"] = "private, no-store"
    return response
