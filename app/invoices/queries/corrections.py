"""What corrects an invoice: its credit notes, the invoice that takes its place, and the one whose place it takes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.extensions import db
from app.invoices.models import CreditNote, Invoice, Revision
from app.invoices.queries.rows import Folder
from app.money import Money


@dataclass(frozen=True, slots=True)
class Other:
    """Another invoice, by what people call it."""

    id: uuid.UUID
    name: str
    draft: bool


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A credit note in a list of an invoice's: what it took back and what of it is left as credit."""

    id: uuid.UUID
    number: str
    on: date
    reason: str
    total: Money
    left: Money
    void: bool


@dataclass(frozen=True, slots=True)
class Corrections:
    """What an invoice's page says about its corrections. `creditable` while some of an open one can be credited."""

    creditable: bool
    credited: bool
    revisable: bool
    notes: tuple[NoteRow, ...] = ()
    revises: Other | None = None
    revised_by: Other | None = None


def corrections(folder: Folder) -> Corrections:
    """Asks the database only where there is something to tell, so most pages pay nothing for it."""
    invoice = folder.invoice
    names = _names(invoice.business_id, [one for one in (folder.revises, folder.revised_by) if one])
    by = names.get(folder.revised_by) if folder.revised_by else None
    is_open = invoice.status == "open"
    return Corrections(
        creditable=is_open and invoice.credited_minor < invoice.total_minor,
        credited=invoice.credited_minor > 0,
        revisable=is_open and (by is None or by.draft),
        notes=tuple(_notes(invoice)) if invoice.credited_minor or by else (),
        revises=names.get(folder.revises) if folder.revises else None,
        revised_by=by,
    )


def revised_by_draft(business_id: uuid.UUID, draft_id: uuid.UUID) -> Other | None:
    """The invoice whose place a draft will take, or None."""
    mine = (Revision.business_id == business_id, Revision.id == draft_id)
    revised = db.session.scalar(select(Revision.revised_id).where(*mine))
    return _names(business_id, [revised])[revised] if revised else None


def _names(business_id: uuid.UUID, ids: list[uuid.UUID]) -> dict[uuid.UUID, Other]:
    if not ids:
        return {}
    query = select(Invoice.id, Invoice.number).where(Invoice.business_id == business_id, Invoice.id.in_(ids))
    return {row.id: Other(row.id, row.number or "a draft", row.number is None) for row in db.session.execute(query)}


def _notes(invoice: Invoice) -> list[NoteRow]:
    query = select(CreditNote).where(CreditNote.business_id == invoice.business_id)
    return [
        NoteRow(
            note.id,
            note.number,
            note.issue_date,
            note.reason,
            Money(note.total_minor, note.currency),
            Money(note.unallocated_minor, note.currency),
            note.status == "void",
        )
        for note in db.session.scalars(query.where(CreditNote.invoice_id == invoice.id).order_by(CreditNote.id))
    ]
