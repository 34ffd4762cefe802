"""Files of an invoice: its PDF, and what is attached to it."""

from __future__ import annotations

import time
import uuid

from flask import Response, make_response, render_template, request, url_for
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
from app.web.security import allow_framing

PATIENCE = 3.0
"""Seconds a request waits for a PDF that is being drawn."""
PAUSE = 0.15
MOST_TRIES = 15


@blueprint.get("/<uuid:invoice_id>/pdf/")
@requires("viewer")
def pdf(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The PDF; while it is being drawn, a page that asks again by itself."""
    business_id, now = current_user.business_id, clock.now()
    invoice = queries.get_invoice(business_id, invoice_id)
    name = invoice.number or "draft"
    found = printing.find_printed(business_id, invoice_id, now)
    if found is None:
        printing.request_pdf(business_id, invoice_id, now)
        found = _wait(business_id, invoice_id)
    framed = "framed" in request.args
    if framed:
        allow_framing()
    if found is not None:
        return _download(found, pdf_filename(name), "application/pdf", "inline" if framed else "attachment")
    tried = request.args.get("tried", 0, type=int)
    return _waiting(invoice_id, name, tried)


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


def _wait(business_id: uuid.UUID, invoice_id: uuid.UUID) -> bytes | None:
    deadline = time.monotonic() + PATIENCE
    found = None
    while found is None and time.monotonic() < deadline:
        # No transaction is held while waiting, and the next look sees what others committed.
        db.session.rollback()
        time.sleep(PAUSE)
        found = printing.find_printed(business_id, invoice_id, clock.now())
    return found


def _waiting(invoice_id: uuid.UUID, name: str, tried: int) -> Response:
    """A page that looks again by itself, a limited number of times."""
    given_up = not 0 <= tried < MOST_TRIES
    page = render_template("invoices/pdf_waiting.html", invoice_id=invoice_id, name=name, given_up=given_up)
    response = make_response(page, 503 if given_up else 202)
    if not given_up:
        framed = "1" if "framed" in request.args else None
        again = url_for("invoices.pdf", invoice_id=invoice_id, tried=tried + 1, framed=framed)
        response.headers["Refresh"] = f"2; url={again}"
    return response


def _download(raw: bytes, filename: str, content_type: str, how: str = "attachment") -> Response:
    response = Response(raw, mimetype=content_type)
    name_file(response, filename, how)
    response.headers["Cache-Control"] = "private, no-store"
    return response
