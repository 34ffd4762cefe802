"""Sending receipts, and the PDF that goes with them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.auth.rules import Actor
from app.invoices.printing import pdf_filename
from app.jobs import Context, Task
from app.messages.channels.base import Attachment
from app.payments.rules import receipt_number
from app.payments.service.printing import Paper, ensure_paper
from app.payments.service.receipting import send_receipt


def _send(context: Context) -> None:
    send_receipt(Actor.system(context.business), uuid.UUID(context.args["payment_id"]), now=context.now)


def receipt_attachment(business_id: uuid.UUID, spec: Mapping[str, Any]) -> Attachment:
    """The PDF of a receipt as it stands when the message leaves."""
    paper = Paper(business_id, "receipt", uuid.UUID(spec["payment_id"]))
    return Attachment(pdf_filename(receipt_number(paper.id)), "application/pdf", ensure_paper(paper))


TASKS: dict[str, Task] = {"payments.send_receipt": _send}
ATTACHMENTS = {"receipt_pdf": receipt_attachment}
