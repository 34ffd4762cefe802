"""Why an invoice comes to its amounts: a page of its own, and a part that the invoice's page opens in place."""

from __future__ import annotations

import uuid
from functools import partial

from flask import g
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.invoices.queries.why import why as explained
from app.invoices.rules.why import Manner
from app.invoices.views.room import blueprint
from app.web import htmx
from app.web.access import requires
from app.web.filters import LOCALE, day_words, quantity_words, rate_words


@blueprint.get("/<uuid:invoice_id>/why/")
@requires("viewer")
def why(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Every step from the lines to what is still to pay."""
    found = explained(current_user.business_id, invoice_id, _manner)
    return htmx.page_or_fragment("invoices/why.html", "invoices/_why.html", why=found)


def _manner(currency: str) -> Manner:
    """Numbers as the reader of this page writes them."""
    locale = g.get("locale") or LOCALE
    words = (partial(write, locale=locale) for write in (quantity_words, rate_words, day_words))
    return Manner(currency, locale, *words)
