"""What a customer may keep of an invoice as PDFs: itself, the receipts of what was paid, its credit notes."""

from __future__ import annotations

import uuid

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import NotFound
from app.invoices.printing import pdf_filename
from app.invoices.service.printing import find_printed, request_pdf
from app.payments.queries import settles_alone
from app.payments.queries.credit_notes import note_on
from app.payments.rules import receipt_number
from app.payments.service.printing import Paper, find_paper, request_paper
from app.portal.queries import Opened
from app.portal.views import blueprint
from app.portal.views.doorway import enter, letterhead
from app.portal.views.paying import refreshing
from app.web.access import public
from app.web.downloads import name_file
from app.web.drawing import drawn


@blueprint.get("/i/<token>/pdf/")
@public
def pdf(token: str) -> ResponseReturnValue:
    """The file, or a page that looks for it again while it is drawn."""
    opened = enter(token)
    business_id, invoice_id = opened.document.business_id, opened.document.id
    found = drawn(
        lambda: find_printed(business_id, invoice_id, clock.now()),
        lambda: request_pdf(business_id, invoice_id, clock.now()),
    )
    return _answer(opened, found, opened.document.number or "")


@blueprint.get("/i/<token>/receipts/<uuid:payment_id>/")
@public
def receipt(token: str, payment_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt of a payment that settled this invoice and no other, which this link says nothing about."""
    opened = enter(token)
    document = opened.document
    if not settles_alone(document.business_id, document.id, payment_id):
        raise NotFound
    return _paper(opened, "receipt", payment_id, receipt_number(payment_id))


@blueprint.get("/i/<token>/credit-notes/<uuid:note_id>/")
@public
def credit_note(token: str, note_id: uuid.UUID) -> ResponseReturnValue:
    """A credit note that took back a part of this invoice."""
    opened = enter(token)
    note = note_on(opened.document.business_id, opened.document.id, note_id)
    return _paper(opened, "credit_note", note_id, note.number)


def _paper(opened: Opened, kind: str, paper_id: uuid.UUID, number: str) -> ResponseReturnValue:
    paper = Paper(opened.document.business_id, kind, paper_id)
    found = drawn(lambda: find_paper(paper), lambda: request_paper(paper, now=clock.now()))
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
