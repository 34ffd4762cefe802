"""A draft as its client would see it, before anything of it is stored."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from app.auth.models import Business
from app.catalog.models import Tax
from app.clients.models import Client
from app.database import new_id
from app.invoices.figures import keep_line_totals, keep_totals, typed_rows, typed_totals
from app.invoices.models import Invoice
from app.invoices.queries.documents import InvoiceDocument, build_document
from app.invoices.queries.rows import Contents
from app.invoices.rules import due_date
from app.invoices.values import DraftValues


def preview_document(
    business: Business, client: Client | None, values: DraftValues, taxes: Mapping[uuid.UUID, Tax], now: datetime
) -> InvoiceDocument:
    """The document that saving `values` would make; no row is added. Raises Invalid naming the field."""
    totals = typed_totals(values, taxes, business.tax_rounding)
    invoice = _invoice(business, values, now)
    rows, chosen = typed_rows(invoice, values, taxes)
    keep_totals(invoice, totals)
    keep_line_totals(rows, totals)
    return build_document(invoice, business, client, Contents(rows, chosen, []), (), now)


def _invoice(business: Business, values: DraftValues, now: datetime) -> Invoice:
    kind, value = values.discount or (None, None)
    return Invoice(
        business_id=business.id,
        id=new_id(),
        client_id=values.client_id,
        status="draft",
        currency=values.currency,
        issue_date=values.issue_date,
        due_date=values.due_date or due_date(values.issue_date, values.terms_days),
        terms_days=values.terms_days,
        po_number=values.po_number,
        notes=values.notes,
        tax_rounding=business.tax_rounding,
        prices_include_tax=values.prices_include_tax,
        discount_kind=kind,
        discount_value=value,
        balance_minor=0,
        void_reason="",
        version=0,
    )
