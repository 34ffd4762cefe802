"""PDFs of credit notes and receipts; while one is drawn, a page that asks again by itself."""

from __future__ import annotations

import uuid

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.invoices.printing import pdf_filename
from app.payments import queries
from app.payments.queries.credit_notes import get_note
from app.payments.rules import receipt_number
from app.payments.service.printing import Paper, find_paper, request_paper
from app.payments.views import blueprint
from app.web.access import requires
from app.web.downloads import name_file
from app.web.drawing import come_again, drawn


@blueprint.get("/credit-notes/<uuid:note_id>/pdf/")
@requires("viewer")
def credit_note_pdf(note_id: uuid.UUID) -> ResponseReturnValue:
    """The credit note as its client gets it."""
    note = get_note(current_user.business_id, note_id)
    number, back = note.number, url_for("payments.credit_note", note_id=note_id)
    return _answer(
        Paper(note.business_id, "credit_note", note_id), number, back, url_for(".credit_note_pdf", note_id=note_id)
    )


@blueprint.get("/payments/<uuid:payment_id>/receipt/")
@requires("viewer")
def receipt(payment_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt for a payment."""
    payment = queries.get_payment(current_user.business_id, payment_id)
    number, back = receipt_number(payment_id), url_for("payments.show", payment_id=payment_id)
    return _answer(
        Paper(payment.business_id, "receipt", payment_id), number, back, url_for(".receipt", payment_id=payment_id)
    )


def _answer(paper: Paper, number: str, back: str, again: str) -> Response:
    found = drawn(lambda: find_paper(paper), lambda: request_paper(paper, now=clock.now()))
    if found is not None:
        response = Response(found, mimetype="application/pdf")
        name_file(response, pdf_filename(number))
        response.headers["Cache-Control"] = "private, no-store"
        return response
    return come_again("payments/pdf_waiting.html", lambda tried: f"{again}?tried={tried}", name=number, back=back)
