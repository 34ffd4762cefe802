"""Invoices as programs see them."""

from __future__ import annotations

import uuid

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.extensions import csrf
from app.invoices.queries.why import Why, why
from app.invoices.queries.why_credited import why_credited
from app.invoices.rules.why import Manner, plain_data
from app.money import json_money
from app.web.access import requires, scoped
from app.web.envelope import told
from app.web.filters import reader

blueprint = csrf.exempt(Blueprint("invoices_api", __name__, url_prefix="/api/billing"))


@blueprint.get("/invoices/<uuid:invoice_id>/why/")
@requires("viewer")
@scoped("invoices:read")
def explain_invoice(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Every step from the lines to what is still to pay, with the arithmetic in words."""
    return _told(why(current_user.business_id, invoice_id, _manner))


@blueprint.get("/credit-notes/<uuid:note_id>/why/")
@requires("viewer")
@scoped("invoices:read")
def explain_credit_note(note_id: uuid.UUID) -> ResponseReturnValue:
    """Every step from the lines taken back to the total, with the arithmetic in words."""
    return _told(why_credited(current_user.business_id, note_id, _manner))


def _manner(currency: str) -> Manner:
    return Manner(currency, *reader())


def _told(found: Why) -> ResponseReturnValue:
    steps = plain_data(found.steps, found.total.currency)
    total = json_money(found.total)
    return told({"id": str(found.document_id), "number": found.number, "total": total, "steps": steps})
