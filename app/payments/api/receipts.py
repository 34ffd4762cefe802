"""Receipts: the PDF, and sending it."""

from __future__ import annotations

import uuid

from flask import Response
from flask_login import current_user

from app import clock
from app.invoices.printing import pdf_filename
from app.payments.api import blueprint
from app.payments.api.payments import read
from app.payments.api.shapes import PAYMENT, PaymentOut
from app.payments.queries import get_payment
from app.payments.rules import receipt_number
from app.payments.service.printing import Paper, find_paper, request_paper
from app.payments.service.receipting import send_receipt
from app.web.access import actor
from app.web.api import accepted, operation
from app.web.api.papers import LATER, PDF, paper


@blueprint.get("/billing/payments/<uuid:payment_id>/receipt/")
@operation("Download a receipt", role="viewer", scope="payments:read", media=PDF, also=LATER)
def download_receipt(payment_id: uuid.UUID) -> Response:
    """The PDF, as the customer gets it. One that was never drawn, or says something else by now, is drawn first."""
    payment = get_payment(current_user.business_id, payment_id)
    asked = Paper(payment.business_id, "receipt", payment_id)
    name = pdf_filename(receipt_number(payment_id))
    return paper(lambda: find_paper(asked), lambda: request_paper(asked, now=clock.now()), name)


@blueprint.post("/billing/payments/<uuid:payment_id>/send-receipt/")
@operation("Send a receipt", role="staff", scope="payments:write", gives=PaymentOut, status=202, example=PAYMENT)
def send_payment_receipt(payment_id: uuid.UUID) -> Response:
    """To the customer, with the PDF, by the first channel on which they can be reached. Within a minute it goes out
    once."""
    send_receipt(actor(), payment_id, now=clock.now())
    return accepted(read(payment_id), "On its way")
