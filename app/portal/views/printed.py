"""What a customer may keep of an invoice as PDFs: itself, the receipts of what was paid, its credit notes."""

from __future__ import annotations

import time
import uuid

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.invoices.printing import pdf_filename
from app.invoices.service.printing import find_printed, request_pdf
from app.payments.queries import note_on, received_on
from app.payments.rules import receipt_number
from app.payments.service.printing import Paper, wait_for_paper
from app.portal.queries import Opened
from app.portal.views import blueprint
from app.portal.views.doorway import enter, letterhead
from app.portal.views.paying import refreshing
from app.web.access import public
from app.web.downloads import name_file

PAUSES = (0.2, 0.3, 0.5, 1.0, 1.0)
"""Seconds between looks for a file that is being drawn: three in all."""


@blueprint.get("/i/<token>/pdf/")
@public
def pdf(token: str) -> ResponseReturnValue:
    """The file, or a page that looks for it again while it is drawn."""
    opened = enter(token)
    found = _find(opened)
    if found is None:
        request_pdf(opened.link.business_id, opened.document.id, clock.now())
        found = _wait(opened)
    return _answer(opened, found, opened.document.number or "")


@blueprint.get("/i/<token>/receipts/<uuid:payment_id>/")
@public
def receipt(token: str, payment_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt of a payment that settled this invoice and no other, which this link says nothing about."""
    opened = enter(token)
    document = opened.document
    received = received_on(document.business_id, document.id, document.timezone).get(payment_id)
    if received is None or not received.whole:
        raise NotFound
    return _paper(opened, "receipt", payment_id, receipt_number(payment_id))


@blueprint.get("/i/<token>/credit-notes/<uuid:note_id>/")
@public
def credit_note(token: str, note_id: uuid.UUID) -> ResponseReturnValue:
    """A credit note that took back a part of this invoice."""
    opened = enter(token)
    note = note_on(opened.document.business_id, opened.document.id, note_id)
    if note is None:
        raise NotFound
    return _paper(opened, "credit_note", note_id, note.number)


def _paper(opened: Opened, kind: str, paper_id: uuid.UUID, number: str) -> ResponseReturnValue:
    found = wait_for_paper(Paper(opened.document.business_id, kind, paper_id), clock.now())
    return _answer(opened, found, number)


def _answer(opened: Opened, found: bytes | None, number: str) -> ResponseReturnValue:
    """The file, or the page that looks for it again."""
    if found is None:
        return refreshing("portal/drawing.html", waiting=True, name=number, **letterhead(enter(opened.token)))
    response: Response = make_response(found)
    response.mimetype = "application/pdf"
    name_file(response, pdf_filename(number))
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response


def _find(opened: Opened) -> bytes | None:
    return find_printed(opened.link.business_id, opened.document.id, clock.now())


def _wait(opened: Opened) -> bytes | None:
    """Look a few times; the database is let go of in between."""
    for pause in PAUSES:
        db.session.rollback()
        time.sleep(pause)
        found = _find(opened)
        if found is not None:
            return found
    return None
