"""Credit notes and refunds, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice, InvoiceFigure
from app.money import Money
from app.payments.models import Allocation, Payment, Refund
from app.payments.queries.lists import Part
from app.web.paging import Page, Walk, paginate

ORDER = (CreditNote.issue_date.desc(), CreditNote.id.desc())


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a credit note: what of which line of the invoice was taken back."""

    title: str
    net: Money
    tax: Money
    total: Money


@dataclass(frozen=True, slots=True)
class NoteFolder:
    """A credit note with everything its page shows: `taxes` are (name, rate in percent, amount)."""

    note: CreditNote
    invoice_number: str
    lines: tuple[NoteLine, ...]
    taxes: tuple[tuple[str, Any, Money], ...]
    parts: tuple[Part, ...]
    refunds: tuple[Refund, ...]


def get_note(business_id: uuid.UUID, note_id: uuid.UUID) -> CreditNote:
    """One credit note. Raises NotFound, for another business's too."""
    note = db.session.get(CreditNote, (business_id, note_id))
    if note is None:
        raise NotFound
    return note


def note_on(business_id: uuid.UUID, invoice_id: uuid.UUID, note_id: uuid.UUID) -> CreditNote:
    """A credit note of this very invoice. Raises NotFound."""
    note = get_note(business_id, note_id)
    if note.invoice_id != invoice_id:
        raise NotFound
    return note


def note_folder(business_id: uuid.UUID, note_id: uuid.UUID) -> NoteFolder:
    """A credit note and what belongs to it. Raises NotFound."""
    note = get_note(business_id, note_id)
    number = db.session.scalar(
        select(Invoice.number).where(Invoice.business_id == business_id, Invoice.id == note.invoice_id)
    )
    return NoteFolder(
        note, number or "", _lines(note), _taxes(note), _parts(note), tuple(refunds_of(business_id, note.id))
    )


def list_notes(business_id: uuid.UUID, text: str, cursor: str | None) -> Page[tuple[CreditNote, str]]:
    """A page of credit notes with the numbers of their invoices, the latest first."""
    of = and_(Invoice.business_id == CreditNote.business_id, Invoice.id == CreditNote.invoice_id)
    found = [CreditNote.search.contains(word, autoescape=True) for word in words(text)]
    query = select(CreditNote, Invoice.number).join(Invoice, of).where(CreditNote.business_id == business_id, *found)
    page = paginate(query, ORDER, cursor, scope=(business_id, "credit-notes", text))  # type: ignore[arg-type]
    return Page([(note, number or "") for note, number in page.items], page.next, page.previous)


def any_note(business_id: uuid.UUID) -> bool:
    """Whether there is any credit note."""
    return db.session.scalar(select(CreditNote.id).where(CreditNote.business_id == business_id).limit(1)) is not None


def refunds_of(business_id: uuid.UUID, source_id: uuid.UUID) -> list[Refund]:
    """What was given back of a payment or a credit note, oldest first."""
    mine = (Refund.business_id == business_id, (Refund.payment_id == source_id) | (Refund.credit_note_id == source_id))
    return list(db.session.scalars(select(Refund).where(*mine).order_by(Refund.id)))


def refunds_by_payment(business_id: uuid.UUID, payment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Refund]]:
    """{payment: what was given back of it, oldest first} of some payments."""
    mine = (Refund.business_id == business_id, Refund.payment_id.in_(payment_ids))
    found: dict[uuid.UUID, list[Refund]] = {payment_id: [] for payment_id in payment_ids}
    for row in db.session.scalars(select(Refund).where(*mine).order_by(Refund.id)):
        found[row.payment_id].append(row)  # type: ignore[index]
    return found


@dataclass(frozen=True, slots=True)
class RefundFilters:
    """What a list of refunds is narrowed to."""

    client_id: uuid.UUID | None = None
    payment_id: uuid.UUID | None = None
    credit_note_id: uuid.UUID | None = None
    state: str = ""


def list_refunds(business_id: uuid.UUID, filters: RefundFilters, walk: Walk) -> Page[Refund]:
    """A page of refunds, the latest first."""
    query = select(Refund).where(Refund.business_id == business_id)
    narrowed = {
        Refund.client_id: filters.client_id,
        Refund.payment_id: filters.payment_id,
        Refund.credit_note_id: filters.credit_note_id,
        Refund.state: filters.state,
    }
    for column, value in narrowed.items():
        if value:
            query = query.where(column == value)
    return paginate(query, (Refund.id.desc(),), walk, scope=(business_id, "refunds", filters))


def get_refund(business_id: uuid.UUID, refund_id: uuid.UUID) -> Refund:
    """One refund. Raises NotFound, for another business's too."""
    found = db.session.get(Refund, (business_id, refund_id))
    if found is None:
        raise NotFound
    return found


def ways_back(source: Payment | CreditNote) -> list[tuple[Payment, int]]:
    """Payments over which a payment company can give money of a source back, each with how much it still can.

    A payment goes back over itself; a credit note over the client's online payments, the latest first.
    """
    if isinstance(source, Payment):
        found = [source] if source.gateway and source.reversed_at is None else []
    else:
        mine = (Payment.business_id == source.business_id, Payment.client_id == source.client_id)
        query = select(Payment).where(*mine, Payment.currency == source.currency, Payment.gateway.is_not(None))
        found = list(db.session.scalars(query.order_by(Payment.id.desc()).limit(20)))
    if not found:
        return []
    gone = select(Refund.through_id, func.sum(Refund.amount_minor)).where(Refund.business_id == source.business_id)
    gone = gone.where(Refund.through_id.in_([one.id for one in found]), Refund.state.not_in(("failed", "reversed")))
    back = dict(db.session.execute(gone.group_by(Refund.through_id)).all())
    ways = [(one, one.amount_minor - int(back.get(one.id, 0))) for one in found]
    return [(one, room) for one, room in ways if room > 0]


def source_address(refund: Refund) -> str:
    """The path of the page of what a refund came from."""
    if refund.payment_id is not None:
        return f"/payments/{refund.payment_id}/"
    return f"/credit-notes/{refund.credit_note_id}/"


def _lines(note: CreditNote) -> tuple[NoteLine, ...]:
    mine = (CreditNoteLine.business_id == note.business_id, CreditNoteLine.credit_note_id == note.id)
    rows = db.session.scalars(select(CreditNoteLine).where(*mine).order_by(CreditNoteLine.position))
    return tuple(
        NoteLine(row.title, *(Money(minor, note.currency) for minor in (row.net_minor, row.tax_minor, row.total_minor)))
        for row in rows
    )


def _taxes(note: CreditNote) -> tuple[tuple[str, Any, Money], ...]:
    figure = and_(InvoiceFigure.business_id == CreditNoteTax.business_id, InvoiceFigure.id == CreditNoteTax.figure_id)
    query = (
        select(InvoiceFigure.label, InvoiceFigure.rate, func.sum(CreditNoteTax.amount_minor))
        .join(InvoiceFigure, figure)
        .where(CreditNoteTax.business_id == note.business_id, CreditNoteTax.credit_note_id == note.id)
        .group_by(InvoiceFigure.label, InvoiceFigure.rate)
        .order_by(func.min(InvoiceFigure.position))
    )
    return tuple((label, rate, Money(int(minor), note.currency)) for label, rate, minor in db.session.execute(query))


def _parts(note: CreditNote) -> tuple[Part, ...]:
    total = func.sum(Allocation.amount_minor)
    query = (
        select(Invoice.id, Invoice.number, Invoice.status, total)
        .join(Invoice, and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id))
        .where(Allocation.business_id == note.business_id, Allocation.credit_note_id == note.id)
        .group_by(Invoice.id, Invoice.number, Invoice.status)
        .having(total != 0)
        .order_by(Invoice.number)
    )
    rows = db.session.execute(query)
    return tuple(Part(id, number or "", Money(int(minor), note.currency), status) for id, number, status, minor in rows)
