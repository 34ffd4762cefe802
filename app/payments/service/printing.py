"""The PDF of a credit note, and the receipt of a payment: stored under the hash of what it says and nowhere else
written down, so the same paper is never drawn twice and losing a file loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from app import jobs
from app.auth.queries import get_business
from app.clients.queries import get_client
from app.clock import day_in
from app.database import transactional
from app.extensions import db
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice, InvoiceFigure, InvoiceLine
from app.invoices.parties import buyer_facts, seller_facts
from app.invoices.pdf import content_key, render_isolated
from app.invoices.printing import method_words
from app.money import Money, round_half_up
from app.payments.models import Allocation, Payment
from app.payments.printing import CreditedLine, CreditedTax, SentBack, Settled, Sheet, credit_note_paper, receipt_paper
from app.payments.queries.credit_notes import refunds_of
from app.payments.registry import title_of
from app.payments.rules import receipt_number
from app.payments.service.refunding import GIVEN_BACK
from app.storage.base import FileMissing
from app.storage.registry import storage

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument


@dataclass(frozen=True, slots=True)
class Paper:
    """Which paper: "credit_note" or "receipt" (of a payment)."""

    business_id: uuid.UUID
    kind: str
    id: uuid.UUID


def find_paper(paper: Paper) -> bytes | None:
    """The stored PDF of what the paper says now, or None when it was not drawn yet. Raises NotFound."""
    return _stored(_place(paper, canonical(paper)))


def ensure_paper(paper: Paper) -> bytes:
    """The PDF, drawn and stored if need be; no transaction is open meanwhile. Raises NotFound, RenderFailed."""
    document = canonical(paper)
    place = _place(paper, document)
    pdf = _stored(place)
    if pdf is None:
        db.session.remove()
        pdf = render_isolated(document)
        storage().put(place, pdf, "application/pdf")
    return pdf


@transactional
def request_paper(paper: Paper, *, now: datetime) -> None:
    """Ask the queue to draw what the paper says by then; once a minute at most."""
    args = {"kind": paper.kind, "id": str(paper.id)}
    place = _place(paper, canonical(paper))
    key = f"paper:{paper.id}:{place[-36:-4]}:{now:%Y%m%d%H%M}"
    jobs.enqueue("payments.print", key, args, business_id=paper.business_id)


def paper_of(business_id: uuid.UUID, spelled: Mapping[str, Any]) -> Paper:
    """Which paper a job is about."""
    return Paper(business_id, str(spelled["kind"]), uuid.UUID(spelled["id"]))


def canonical(paper: Paper) -> PrintedDocument:
    """What the PDF says now; equal papers give equal input. Raises NotFound."""
    if paper.kind == "credit_note":
        return _credit_note(paper)
    return _receipt(paper)


def _credit_note(paper: Paper) -> PrintedDocument:
    note = db.session.get_one(CreditNote, (paper.business_id, paper.id))
    business = get_business(note.business_id)
    invoice = db.session.get_one(Invoice, (note.business_id, note.invoice_id))
    voided = day_in(note.voided_at, business.timezone) if note.voided_at else None
    language = str(note.buyer.get("language") or business.language)
    sheet = Sheet(
        note.number,
        note.currency,
        language,
        note.seller,
        note.buyer,
        _logo(note.seller),
        note.status == "void",
        voided,
    )
    mine = (CreditNoteLine.business_id == note.business_id, CreditNoteLine.credit_note_id == note.id)
    rows = db.session.scalars(select(CreditNoteLine).where(*mine).order_by(CreditNoteLine.position)).all()
    taxes, rates = _taxes(note)
    lines = [CreditedLine(row.title, Money(row.net_minor, note.currency), rates.get(row.line_id, ())) for row in rows]
    total = Money(note.total_minor, note.currency)
    return credit_note_paper(sheet, note.issue_date, invoice.number or "", note.reason, lines, taxes, total)


def _taxes(note: CreditNote) -> tuple[list[CreditedTax], dict[uuid.UUID | None, tuple[Any, ...]]]:
    """The taxes taken back, and {line: rates}.

    A tax on the net of a line is on what of that net is taken back; one on more (taxes before it) on its share of that.
    """
    figure = and_(InvoiceFigure.business_id == CreditNoteTax.business_id, InvoiceFigure.id == CreditNoteTax.figure_id)
    line = and_(InvoiceLine.business_id == InvoiceFigure.business_id, InvoiceLine.id == InvoiceFigure.line_id)
    part = and_(
        CreditNoteLine.business_id == CreditNoteTax.business_id,
        CreditNoteLine.credit_note_id == CreditNoteTax.credit_note_id,
        CreditNoteLine.line_id == InvoiceFigure.line_id,
    )
    query = (
        select(InvoiceFigure, CreditNoteTax.amount_minor, InvoiceLine.net_minor, CreditNoteLine.net_minor)
        .join(InvoiceFigure, figure)
        .join(InvoiceLine, line)
        .join(CreditNoteLine, part)
        .where(CreditNoteTax.business_id == note.business_id, CreditNoteTax.credit_note_id == note.id)
        .order_by(InvoiceFigure.position)
    )
    sums: dict[tuple[str, Any], list[int]] = {}
    rates: dict[uuid.UUID | None, tuple[Any, ...]] = {}
    for row, minor, net, taken in db.session.execute(query):
        entry = sums.setdefault((row.label, row.rate), [0, 0])
        share = round_half_up(Fraction(row.base_minor * minor, row.amount_minor))
        entry[0] += taken if row.base_minor == net else share
        entry[1] += minor
        rates[row.line_id] = (*rates.get(row.line_id, ()), row.rate)
    taxes = [
        CreditedTax(label, rate, Money(base, note.currency), Money(amount, note.currency))
        for (label, rate), (base, amount) in sums.items()
    ]
    return taxes, rates


def _receipt(paper: Paper) -> PrintedDocument:
    payment = db.session.get_one(Payment, (paper.business_id, paper.id))
    business = get_business(payment.business_id)
    client = get_client(payment.business_id, payment.client_id)
    seller = seller_facts(business)
    undone = day_in(payment.reversed_at, business.timezone) if payment.reversed_at else None
    sheet = Sheet(
        receipt_number(payment.id),
        payment.currency,
        client.language or business.language,
        seller,
        buyer_facts(client),
        _logo(seller),
        undone is not None,
        undone,
    )
    return receipt_paper(
        sheet,
        payment.received_on,
        day_in(payment.created_at, business.timezone),
        title_of(payment.gateway) or method_words(payment.method),
        payment.reference,
        Money(payment.amount_minor, payment.currency),
        _settled(payment),
        _sent_back(payment),
        Money(payment.unallocated_minor, payment.currency),
    )


def _settled(payment: Payment) -> list[Settled]:
    total = func.sum(Allocation.amount_minor)
    of = and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id)
    query = (
        select(Invoice.number, Invoice.issue_date, Invoice.total_minor, Invoice.balance_minor, total.label("paid"))
        .join(Invoice, of)
        .where(Allocation.business_id == payment.business_id, Allocation.payment_id == payment.id)
        .group_by(Invoice.id, Invoice.number, Invoice.issue_date, Invoice.total_minor, Invoice.balance_minor)
        .having(total != 0)
        .order_by(Invoice.number)
    )

    def money(minor: int) -> Money:
        return Money(int(minor), payment.currency)

    return [
        Settled(row.number or "", row.issue_date, money(row.total_minor), money(row.paid), money(row.balance_minor))
        for row in db.session.execute(query)
    ]


def _sent_back(payment: Payment) -> list[SentBack]:
    return [
        SentBack(row.kind, row.state == "done", row.on_date, Money(row.amount_minor, row.currency))
        for row in refunds_of(payment.business_id, payment.id)
        if row.state not in GIVEN_BACK
    ]


def _logo(seller: Mapping[str, Any]) -> bytes | None:
    key = str(seller.get("logo_key") or "")
    try:
        return storage().get(key) if key else None
    except FileMissing:
        return None


def _place(paper: Paper, document: PrintedDocument) -> str:
    return f"{paper.business_id}/papers/{content_key(document)}.pdf"


def _stored(place: str) -> bytes | None:
    try:
        return storage().get(place)
    except FileMissing:
        return None
