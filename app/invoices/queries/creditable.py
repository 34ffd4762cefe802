"""What of an issued invoice's lines can still be credited."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, func, select

from app.extensions import db
from app.invoices.models import CreditNote, CreditNoteLine, InvoiceFigure
from app.invoices.queries.rows import contents
from app.invoices.rules.crediting import LineFigures

_OF_NOTE = and_(CreditNote.business_id == CreditNoteLine.business_id, CreditNote.id == CreditNoteLine.credit_note_id)


class TaxFigure(NamedTuple):
    """What a tax came to on a line: the id of that row, its label, and minor units."""

    id: uuid.UUID
    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CreditableLine:
    """A line with what it came to and how much of that was credited before, in minor units, tax included."""

    id: uuid.UUID
    position: int
    title: str
    figures: LineFigures
    taxes: tuple[TaxFigure, ...]
    credited_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be credited."""
        return self.figures.total_minor - self.credited_minor


def creditable_lines(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[CreditableLine]:
    """Every line of an issued invoice, in its order; one of which nothing is left too."""
    before = _credited(business_id, invoice_id)
    taxes = _taxes(business_id, invoice_id)
    return [
        CreditableLine(
            line.id,
            line.position,
            line.title,
            LineFigures(line.net_minor, line.tax_minor, tuple(tax.amount_minor for tax in taxes.get(line.id, ()))),
            tuple(taxes.get(line.id, ())),
            before.get(line.id, 0),
        )
        for line in contents(business_id, invoice_id).lines
    ]


def newest_open_note(business_id: uuid.UUID, invoice_id: uuid.UUID) -> uuid.UUID | None:
    """The credit note that was made last and is not void, or None.

    A note's own id may come from a form that was open for long; those of its lines are made when it is issued.
    """
    mine = (CreditNote.business_id == business_id, CreditNote.invoice_id == invoice_id, CreditNote.status == "open")
    query = select(CreditNote.id).join(CreditNoteLine, _OF_NOTE).where(*mine)
    return db.session.scalar(query.order_by(CreditNoteLine.id.desc()).limit(1))


def _credited(business_id: uuid.UUID, invoice_id: uuid.UUID) -> dict[uuid.UUID, int]:
    query = (
        select(CreditNoteLine.line_id, func.sum(CreditNoteLine.total_minor))
        .join(CreditNote, _OF_NOTE)
        .where(CreditNote.business_id == business_id, CreditNote.invoice_id == invoice_id, CreditNote.status == "open")
        .group_by(CreditNoteLine.line_id)
    )
    return {line_id: int(total) for line_id, total in db.session.execute(query)}


def _taxes(business_id: uuid.UUID, invoice_id: uuid.UUID) -> dict[uuid.UUID, list[TaxFigure]]:
    query = (
        select(InvoiceFigure.line_id, InvoiceFigure.id, InvoiceFigure.label, InvoiceFigure.amount_minor)
        .where(InvoiceFigure.business_id == business_id, InvoiceFigure.invoice_id == invoice_id)
        .where(InvoiceFigure.kind == "tax")
        .order_by(InvoiceFigure.position)
    )
    found: dict[uuid.UUID, list[TaxFigure]] = {}
    for line_id, figure_id, label, minor in db.session.execute(query):
        found.setdefault(line_id, []).append(TaxFigure(figure_id, label, minor))
    return found
