"""Sending the receipt of a payment by hand: again, or where none went out by itself."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.database import new_id
from app.errors import Invalid
from app.payments import queries
from app.payments.service.receipting import send_receipt
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.once import read_form_id


@blueprint.get("/payments/<uuid:payment_id>/send-receipt/")
@requires("staff")
def send_receipt_form(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Say what it does, and ask."""
    queries.get_payment(current_user.business_id, payment_id)
    return render_template(
        "shared/confirm.html",
        title="Send the receipt?",
        sentences=("It goes to the client with the PDF, by the first channel they can be reached on.",),
        verb="Send it",
        danger=False,
        action=url_for("payments.send_the_receipt", payment_id=payment_id),
        back=url_for("payments.show", payment_id=payment_id),
        keep="Not now",
        form_id=new_id(),
    )


@blueprint.post("/payments/<uuid:payment_id>/send-receipt/")
@requires("staff")
def send_the_receipt(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Put it into the outbox."""
    back = url_for("payments.show", payment_id=payment_id)
    try:
        send_receipt(actor(), payment_id, now=clock.now(), form_id=read_form_id())
    except Invalid as error:
        said = " ".join(sentence for sentences in error.errors.values() for sentence in sentences)
        return htmx.redirect_to(back, said, "bad")
    return htmx.redirect_to(back, "The receipt is on its way")
