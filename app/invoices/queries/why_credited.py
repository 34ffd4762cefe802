"""Why the amounts of a credit note are what they are: its stored rows beside those of the invoice's lines."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import and_, func, or_, select

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax
from app.invoices.queries.creditable import CreditableLine, creditable_lines
from app.invoices.queries.why import Why
from app.invoices.rules.crediting import LineFigures
from app.invoices.rules.why import CreditedLine, Manner, credited_steps
from app.money import Money


def why_credited(business_id: uuid.UUID, note_id: uuid.UUID, manner: Callable[[str], Manner]) -> Why:
    """How a credit note comes to its amounts. `manner` writes numbers of a currency. Raises NotFound."""
    note = db.session.get(CreditNote, (business_id, note_id))
    if note is None:
        raise NotFound
    mine = (CreditNoteLine.business_id == business_id, CreditNoteLine.credit_note_id == note_id)
    rows = db.session.scalars(select(CreditNoteLine).where(*mine).order_by(CreditNoteLine.position)).all()
    wholes = {line.id: line for line in creditable_lines(business_id, note.invoice_id)}
    taken = _taken(note)
    lines = [_line(row, wholes[row.line_id], taken, _before(note, row)) for row in rows]
    steps = credited_steps(lines, manner(note.currency))
    return Why(note.id, note.number, Money(note.total_minor, note.currency), tuple(steps))


def _line(row: CreditNoteLine, whole: CreditableLine, taken: dict[uuid.UUID, int], before_minor: int) -> CreditedLine:
    part = LineFigures(row.net_minor, row.tax_minor, tuple(taken.get(tax.id, 0) for tax in whole.taxes))
    return CreditedLine(row.title, tuple(tax.label for tax in whole.taxes), whole.figures, before_minor, part)


def _taken(note: CreditNote) -> dict[uuid.UUID, int]:
    """{the invoice's figure of a tax: what of it the note takes back}."""
    mine = (CreditNoteTax.business_id == note.business_id, CreditNoteTax.credit_note_id == note.id)
    rows = db.session.execute(select(CreditNoteTax.figure_id, CreditNoteTax.amount_minor).where(*mine))
    return dict(rows.all())  # type: ignore[arg-type]


def _before(note: CreditNote, row: CreditNoteLine) -> int:
    """What of the same line earlier notes had taken back when this one was made."""
    of = and_(CreditNote.business_id == CreditNoteLine.business_id, CreditNote.id == CreditNoteLine.credit_note_id)
    stood = or_(CreditNote.voided_at.is_(None), CreditNote.voided_at > note.issued_at)
    query = (
        select(func.sum(CreditNoteLine.total_minor))
        .join(CreditNote, of)
        .where(CreditNoteLine.business_id == note.business_id, CreditNoteLine.line_id == row.line_id)
        .where(CreditNoteLine.id < row.id, stood)
    )
    return int(db.session.scalar(query) or 0)
