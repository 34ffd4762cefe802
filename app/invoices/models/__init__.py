"""Rows of documents: invoices with what belongs to them, and the credit notes that correct them."""

from app.invoices.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteTax, Revision
from app.invoices.models.documents import (
    Attachment,
    Counter,
    Invoice,
    InvoiceFigure,
    InvoiceLine,
    LineTax,
    PrintedFile,
    WriteOff,
)

__all__ = [
    "Attachment",
    "Counter",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "Invoice",
    "InvoiceFigure",
    "InvoiceLine",
    "LineTax",
    "PrintedFile",
    "Revision",
    "WriteOff",
]
