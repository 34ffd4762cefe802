"""Work on invoices that the queue asks for, and files that mail takes along."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app import clock
from app.invoices.printing import pdf_filename
from app.invoices.queries import get_invoice
from app.invoices.service import printing
from app.jobs import Context, VendorTask
from app.messages.channels.base import Attachment
from app.storage.registry import storage


def _prepare(context: Context) -> tuple[uuid.UUID, uuid.UUID]:
    return context.business, uuid.UUID(context.args["invoice_id"])


def _draw(prepared: tuple[uuid.UUID, uuid.UUID]) -> None:
    printing.ensure_pdf(*prepared, clock.now())


def _note(_context: Context, _prepared: Any, _outcome: Any) -> None:
    """The file is stored under its own hash; nothing else is to be noted."""


def pdf_attachment(business_id: uuid.UUID, spec: Mapping[str, Any]) -> Attachment:
    """The PDF of an invoice as it stands when the mail leaves."""
    invoice_id = uuid.UUID(spec["invoice_id"])
    pdf = printing.ensure_pdf(business_id, invoice_id, clock.now())
    number = get_invoice(business_id, invoice_id).number or "invoice"
    return Attachment(pdf_filename(number), "application/pdf", pdf)


def stored_attachment(business_id: uuid.UUID, spec: Mapping[str, Any]) -> Attachment:
    """A file that was attached to the invoice."""
    return Attachment(spec["filename"], spec["content_type"], storage().get(spec["key"]))


TASKS = {"invoices.print": VendorTask(_prepare, _draw, _note)}
ATTACHMENTS = {"invoice_pdf": pdf_attachment, "stored": stored_attachment}
