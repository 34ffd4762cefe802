"""Reading invoices, always of one business."""

from app.invoices.queries.documents import DocumentLine, InvoiceDocument, TaxRow, document_view
from app.invoices.queries.paid import PaidRow
from app.invoices.queries.rows import (
    Folder,
    attachments,
    business_today,
    contents,
    find_invoice,
    get_folder,
    get_invoice,
    search_text,
)

__all__ = [
    "DocumentLine",
    "Folder",
    "InvoiceDocument",
    "PaidRow",
    "TaxRow",
    "attachments",
    "business_today",
    "contents",
    "document_view",
    "find_invoice",
    "get_folder",
    "get_invoice",
    "search_text",
]
