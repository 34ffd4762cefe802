"""What an invoice left behind in the database, so that two ways of making one can be compared row by row."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.auth.models import AuditEvent
from app.extensions import db
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.jobs.models import Job
from app.ledger.models import JournalEntry, JournalLine
from app.payments.models import Allocation, Payment

# Ids and what counts how often a row was saved or when a queue took it.
OWN = {"id", "invoice_id", "payment_id", "line_id", "entry_id", "source_id", "object_id", "version"}
QUEUE = {"state", "attempts", "due_at", "first_due_at", "created_at", "done_at"}


def traces(invoice: Invoice, versions: bool = False) -> dict[str, list[str]]:
    """Every row about an invoice as text, its own ids and number replaced by words, in the order of writing.

    With `versions` also how often each was saved.
    """
    left_out = OWN - {"version"} if versions else OWN
    parts = db.session.scalars(select(Allocation).where(Allocation.invoice_id == invoice.id)).all()
    subjects = {invoice.id: "THIS", **{part.payment_id: "MONEY" for part in parts}, **{p.id: "PART" for p in parts}}
    lines = {row.id: f"LINE{row.position}" for row in _rows_of(InvoiceLine, InvoiceLine.invoice_id == invoice.id)}
    entries = _rows_of(JournalEntry, JournalEntry.source_id.in_(subjects))
    found = {
        "invoice": [invoice],
        "line": _rows_of(InvoiceLine, InvoiceLine.id.in_(lines)),
        "tax": _rows_of(LineTax, LineTax.invoice_id == invoice.id),
        "figure": _rows_of(InvoiceFigure, InvoiceFigure.invoice_id == invoice.id),
        "entry": entries,
        "journal": _rows_of(JournalLine, JournalLine.entry_id.in_([entry.id for entry in entries])),
        "payment": _rows_of(Payment, Payment.id.in_(subjects)),
        "allocation": parts,
        "event": _rows_of(AuditEvent, AuditEvent.object_id.in_(subjects)),
        "job": _rows_of(Job, Job.key.contains(str(invoice.id))),
    }
    words = {**subjects, **lines}
    number = invoice.number or "no number"
    return {name: [_spelled(row, words, number, left_out) for row in rows] for name, rows in found.items()}


def _rows_of(model: type[Any], *where: Any) -> list[Any]:
    return list(db.session.scalars(select(model).where(*where).order_by(model.id)))


def _spelled(row: Any, words: dict[uuid.UUID, str], number: str, left_out: set[str]) -> str:
    left_out = left_out | QUEUE if isinstance(row, Job) else left_out
    columns = [column.name for column in row.__table__.columns if column.name not in left_out]
    said = ", ".join(f"{name}={getattr(row, name)!r}" for name in columns)
    for id, word in words.items():
        said = said.replace(str(id), word)
    return said.replace(number, "NUMBER").replace(number.lower(), "NUMBER")
