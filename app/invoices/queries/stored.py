"""A stored draft as the values somebody would type to make it."""

from __future__ import annotations

import uuid

from app.invoices.figures import AnyLine
from app.invoices.models import Invoice
from app.invoices.queries.rows import contents
from app.invoices.values import DiscountValue, DraftValues, LineValues


def stored_values(invoice: Invoice) -> DraftValues:
    """What an editor shows of a stored draft."""
    stored = contents(invoice.business_id, invoice.id)
    taxes: dict[uuid.UUID, list[uuid.UUID]] = {}
    for tax in stored.taxes:
        taxes.setdefault(tax.line_id, []).append(tax.tax_id)
    return DraftValues(
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        terms_days=invoice.terms_days,
        client_id=invoice.client_id,
        due_date=invoice.due_date,
        po_number=invoice.po_number,
        notes=invoice.notes,
        discount=_discount(invoice),
        prices_include_tax=invoice.prices_include_tax,
        lines=tuple(_line(row, tuple(taxes.get(row.id, ()))) for row in stored.lines),
        rate=invoice.rate_to_base,
    )


def _line(row: AnyLine, tax_ids: tuple[uuid.UUID, ...]) -> LineValues:
    return LineValues(
        title=row.title,
        detail=row.detail,
        unit=row.unit,
        quantity=row.quantity,
        unit_price=row.unit_price,
        discount=_discount(row),
        tax_ids=tax_ids,
        item_id=row.item_id,
    )


def _discount(row: Invoice | AnyLine) -> DiscountValue | None:
    if row.discount_kind is None or row.discount_value is None:
        return None
    return ("percent" if row.discount_kind == "percent" else "amount", row.discount_value)
