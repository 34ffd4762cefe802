"""Why an invoice comes to its amounts: a page of its own, and a part that the invoice's page opens in place."""

from __future__ import annotations

import uuid

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.invoices.queries.why import why as explained
from app.invoices.rules.why import Manner
from app.invoices.views.room import blueprint
from app.web import htmx
from app.web.access import requires
from app.web.filters import reader


@blueprint.get("/<uuid:invoice_id>/why/")
@requires("viewer")
def why(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Every step from the lines to what is still to pay."""
    found = explained(current_user.business_id, invoice_id, lambda currency: Manner(currency, *reader()))
    back = url_for("invoices.show", invoice_id=invoice_id)
    return htmx.page_or_fragment("invoices/why.html", "invoices/_why.html", why=found, back=back)
