"""Statements that the queue asks to be drawn, and that mail takes along."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app import clock
from app.jobs import Context, VendorTask
from app.messages.channels.base import Attachment
from app.reports.printing import statement_filename
from app.reports.service import printing


def _prepare(context: Context) -> printing.Asked:
    return printing.asked_in(context.business, context.args)


def _draw(asked: printing.Asked) -> None:
    printing.ensure_pdf(asked, clock.now())


def _note(_context: Context, _asked: Any, _outcome: Any) -> None:
    """The file is stored under its own hash; nothing else is to be noted."""


def pdf_attachment(business_id: uuid.UUID, spec: Mapping[str, Any]) -> Attachment:
    """The PDF of a statement as it stands when the mail leaves."""
    asked, now = printing.asked_in(business_id, spec), clock.now()
    client = printing.read_account(asked, now).client
    name = statement_filename(client, asked.period)
    return Attachment(name, "application/pdf", printing.ensure_pdf(asked, now))


TASKS = {"reports.print_statement": VendorTask(_prepare, _draw, _note)}
ATTACHMENTS = {"statement_pdf": pdf_attachment}
