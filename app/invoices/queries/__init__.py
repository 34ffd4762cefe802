"""Reading invoices, always of one business."""

from app.invoices.queries.documents import DocumentLine, InvoiceDocument, PaidRow, TaxRow, document_view
from app.invoices.queries.rows import (
    attachments,
    business_today,
    find_invoice,
    get_invoice,
    line_taxes,
    lines,
    search_text,
)

__all__ = [
    "DocumentLine",
    "InvoiceDocument",
    "PaidRow",
    "TaxRow",
    "attachments",
    "business_today",
    "document_view",
    "find_invoice",
    "get_invoice",
    "line_taxes",
    "lines",
    "search_text",
]
