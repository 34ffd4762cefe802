"""Credit notes as plain rows, for programs: one with its lines and taxes, a page of them without."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, select

from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice, InvoiceFigure
from app.statements import built
from app.web.paging import Page, Walk, paginate

NOTE, LINE, TAX = CreditNote.__table__.c, CreditNoteLine.__table__.c, CreditNoteTax.__table__.c
INVOICE, FIGURE = Invoice.__table__.c, InvoiceFigure.__table__.c
ORDERS: dict[str, tuple[Any, ...]] = {
    "-issue_date": (NOTE.issue_date.desc(), NOTE.id.desc()),
    "issue_date": (NOTE.issue_date, NOTE.id),
    "-created_at": (NOTE.id.desc(),),
    "created_at": (NOTE.id,),
    "updated_at": (NOTE.updated_at, NOTE.id),
    "-updated_at": (NOTE.updated_at.desc(), NOTE.id.desc()),
}
_NAMES = (
    "id",
    "number",
    "status",
    "invoice_id",
    "client_id",
    "buyer_name",
    "currency",
    "issue_date",
    "reason",
    "net_minor",
    "tax_minor",
    "total_minor",
    "unallocated_minor",
    "refunded_minor",
    "issued_at",
    "voided_at",
    "void_reason",
    "updated_at",
    "version",
)
_ROWS = select(*(NOTE[name] for name in _NAMES), INVOICE.number.label("invoice_number")).join_from(
    CreditNote.__table__,
    Invoice.__table__,
    and_(INVOICE.business_id == NOTE.business_id, INVOICE.id == NOTE.invoice_id),
)
_BUSINESS, _NOTE = bindparam("business_id"), bindparam("note_id")  # type: ignore[var-annotated]
_ONE = built(_ROWS.where(NOTE.business_id == _BUSINESS, NOTE.id == _NOTE))
_LINES = built(
    select(LINE.line_id, LINE.title, LINE.net_minor, LINE.tax_minor, LINE.total_minor)
    .where(LINE.business_id == _BUSINESS, LINE.credit_note_id == _NOTE)
    .order_by(LINE.position)
)
_TAXES = built(
    select(FIGURE.label, FIGURE.rate, func.sum(TAX.amount_minor))
    .join_from(
        CreditNoteTax.__table__,
        InvoiceFigure.__table__,
        and_(FIGURE.business_id == TAX.business_id, FIGURE.id == TAX.figure_id),
    )
    .where(TAX.business_id == _BUSINESS, TAX.credit_note_id == _NOTE)
    .group_by(FIGURE.label, FIGURE.rate)
    .order_by(func.min(FIGURE.position))
)


class TakenBack(NamedTuple):
    """What of a line of the invoice was taken back, in minor units."""

    line_id: uuid.UUID
    title: str
    net_minor: int
    tax_minor: int
    total_minor: int


class TaxBack(NamedTuple):
    """What of a tax was taken back: its name, its rate in percent, and minor units."""

    name: str
    rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note, `row` having its columns by their names; with what it takes back where that was read."""

    row: Any
    lines: Sequence[TakenBack] | None = None
    taxes: Sequence[TaxBack] | None = None


@dataclass(frozen=True, slots=True)
class NoteFilters:
    """What a list of credit notes is narrowed to; days are inclusive. `sort` is a key of ORDERS."""

    text: str = ""
    status: str = ""
    client_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    currency: str = ""
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    with_credit: bool = False
    updated_since: datetime | None = None
    sort: str = "-issue_date"


def read_note(business_id: uuid.UUID, note_id: uuid.UUID) -> Note:
    """One credit note, in three statements. Raises NotFound, for another business's too."""
    mine = {"business_id": business_id, "note_id": note_id}
    row = db.session.execute(_ONE, mine).first()
    if row is None:
        raise NotFound
    lines = [TakenBack._make(line) for line in db.session.execute(_LINES, mine)]
    taxes = [TaxBack(name, rate, int(minor)) for name, rate, minor in db.session.execute(_TAXES, mine)]
    return Note(row, lines, taxes)


def list_note_rows(business_id: uuid.UUID, filters: NoteFilters, walk: Walk) -> Page[Note]:
    """A page of the credit notes that `filters` leaves."""
    query = _ROWS.where(*_conditions(business_id, filters))
    page = paginate(query, ORDERS[filters.sort], walk, scope=(business_id, "credit notes as rows", filters))
    return Page([Note(row) for row in page.items], page.next, page.previous, page.total)


def _conditions(business_id: uuid.UUID, filters: NoteFilters) -> list[ColumnElement[bool]]:
    found = [NOTE.business_id == business_id]
    found += [NOTE.search.contains(word, autoescape=True) for word in words(filters.text)]
    for name in ("status", "client_id", "invoice_id", "currency", "number"):
        if value := getattr(filters, name):
            found.append(NOTE[name] == value)
    if filters.issued_from:
        found.append(NOTE.issue_date >= filters.issued_from)
    if filters.issued_to:
        found.append(NOTE.issue_date <= filters.issued_to)
    if filters.with_credit:
        found.append(NOTE.unallocated_minor > 0)
    if filters.updated_since:
        found.append(NOTE.updated_at >= filters.updated_since)
    return found
