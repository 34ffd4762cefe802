"""The blueprint of the invoices' operations, and what programs call the fields of our forms and services."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import url_for
from flask_login import current_user

from app import clock
from app.errors import Invalid
from app.invoices.api.written import invoice_data
from app.invoices.queries.plain import get_whole
from app.web.api import rooms_api

blueprint = rooms_api("invoices", "/api/billing", "Invoices")
NAMES = {
    "client_id": "customer_id",
    "title": "description",
    "detail": "details",
    "rate": "rate_to_base",
    "terms": "due_date",
    "terms_days": "due_date",
}
"""What programs call a field, where people see another name."""


@contextmanager
def programs_words() -> Iterator[None]:
    """Let a service's refusal name fields as programs do."""
    try:
        yield
    except Invalid as error:
        error.errors = {
            ".".join(NAMES.get(step, step) for step in path.split(".")): said for path, said in error.errors.items()
        }
        raise


def read(invoice_id: uuid.UUID) -> dict[str, Any]:
    """An invoice as it stands. Raises NotFound, for another business's too."""
    me = current_user
    return invoice_data(get_whole(me.business_id, invoice_id), clock.today(me.timezone))


def place(invoice_id: uuid.UUID) -> str:
    """Where an invoice is read."""
    return url_for("invoices_api.read_invoice", invoice_id=invoice_id)
