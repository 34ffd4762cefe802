"""The rows of one invoice."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select

from app import clock
from app.auth.models import Business
from app.errors import NotFound
from app.extensions import db
from app.folding import fold_all
from app.invoices.models import Attachment, Invoice, InvoiceLine, LineTax


def find_invoice(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice | None:
    """One invoice of a business, or None."""
    return db.session.get(Invoice, (business_id, invoice_id))


def get_invoice(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    """One invoice of a business. Raises NotFound, for another business's too."""
    invoice = find_invoice(business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice


def lines(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[InvoiceLine]:
    """The lines of an invoice in order."""
    query = (
        select(InvoiceLine)
        .where(InvoiceLine.business_id == business_id, InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    )
    return list(db.session.scalars(query))


def line_taxes(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[LineTax]:
    """The taxes on the lines of an invoice, in their stated order on each line."""
    query = (
        select(LineTax)
        .where(LineTax.business_id == business_id, LineTax.invoice_id == invoice_id)
        .order_by(LineTax.position, LineTax.id)
    )
    return list(db.session.scalars(query))


def attachments(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[Attachment]:
    """The files that travel with an invoice, oldest first."""
    query = (
        select(Attachment)
        .where(Attachment.business_id == business_id, Attachment.invoice_id == invoice_id)
        .order_by(Attachment.id)
    )
    return list(db.session.scalars(query))


def business_today(business: Business, now: datetime) -> date:
    """Today's date on the wall of a business."""
    return clock.day_in(now, business.timezone)


def search_text(invoice: Invoice, client_search: str) -> str:
    """What a search box looks through: number, PO number and what the client is found by, folded."""
    return fold_all(invoice.number or "", invoice.po_number, invoice.buyer_name, *client_search.splitlines())
