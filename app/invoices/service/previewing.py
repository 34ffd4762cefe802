"""The newest invoice as a message about it would tell it: what the editor of message texts shows. Nothing is sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from app.auth.queries import get_business
from app.auth.service.links import public_url
from app.extensions import db
from app.invoices.mail import invoice_context, invoice_values
from app.invoices.models import Invoice
from app.invoices.queries import InvoiceDocument, business_today, document_view
from app.invoices.service.letters import takes_payments

EXAMPLE_PAGE = "/i/this-is-where-the-link-of-the-client-stands/"
EXAMPLE_STOP = "/u/this-is-where-the-client-stops-the-reminders/"
"""As long as real ones, and open nothing."""

_OWED = and_(Invoice.status == "open", Invoice.balance_minor > 0)
# Which invoices a kind of message may be about.
_ABOUT: Mapping[str, Callable[[date], ColumnElement[bool]]] = {
    "invoice": lambda _today: Invoice.status == "open",
    "reminder_before": lambda today: and_(_OWED, Invoice.due_date > today),
    "reminder_due": lambda today: and_(_OWED, Invoice.due_date == today),
    "reminder_overdue": lambda today: and_(_OWED, Invoice.due_date < today),
    "reminder_last": lambda today: and_(_OWED, Invoice.due_date < today),
}
KINDS = tuple(_ABOUT)


def newest_invoice(business_id: uuid.UUID, kind: str, now: datetime) -> tuple[dict[str, str], dict[str, Any]] | None:
    """(values, context) of a message of the kind about the newest invoice that it could be about, or None."""
    fits = _ABOUT[kind](business_today(get_business(business_id), now))
    # One that is still owed tells more than one that is paid.
    invoice_id = _newest(business_id, and_(_OWED, fits)) or _newest(business_id, fits)
    if invoice_id is None:
        return None
    document, page_url = document_view(business_id, invoice_id, now), public_url(EXAMPLE_PAGE)
    logo, pays = shown_logo(document), takes_payments(document)
    stop = public_url(EXAMPLE_STOP) if kind.startswith("reminder") else ""
    context = invoice_context(document, page_url, can_pay_online=pays, logo_url=logo, stop_url=stop)
    return invoice_values(document, page_url), context


def _newest(business_id: uuid.UUID, fits: ColumnElement[bool]) -> uuid.UUID | None:
    query = select(Invoice.id).where(Invoice.business_id == business_id, fits).order_by(Invoice.id.desc()).limit(1)
    return db.session.scalar(query)


def shown_logo(document: InvoiceDocument) -> str | None:
    """Where staff see the logo of a document, as long as it is the one the business has."""
    key = document.seller.get("logo_key")
    return public_url("/settings/logo/") if key and key == get_business(document.business_id).logo_key else None
