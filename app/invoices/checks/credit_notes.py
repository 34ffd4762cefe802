"""What must hold between credit notes and the invoices they correct, as `flask audit` asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select

from app.invoices.checks.documents import by_number
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice, InvoiceFigure, InvoiceLine
from app.ledger.checks import spelled, stream, uneven

_OF_NOTE = and_(CreditNote.business_id == CreditNoteLine.business_id, CreditNote.id == CreditNoteLine.credit_note_id)


def credit_matches_notes(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What an invoice says was credited is what its credit notes come to, void ones left out."""
    said = select(Invoice.id, Invoice.currency, Invoice.credited_minor)
    said = said.where(Invoice.business_id == business_id, Invoice.credited_minor != 0)
    notes = select(CreditNote.invoice_id, CreditNote.currency, -CreditNote.total_minor)
    standing = (CreditNote.business_id == business_id, CreditNote.status == "open")
    for row in stream(by_number(uneven(said, notes.where(*standing)))):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name}: what is credited and its credit notes differ by {by}."


def note_lines_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The figures of a credit note are the sums of its lines, and its tax the sum of its taxes."""
    sums = (
        select(
            CreditNoteLine.credit_note_id,
            func.sum(CreditNoteLine.net_minor).label("net"),
            func.sum(CreditNoteLine.tax_minor).label("tax"),
        )
        .where(CreditNoteLine.business_id == business_id)
        .group_by(CreditNoteLine.credit_note_id)
        .subquery()
    )
    taxes = (
        select(CreditNoteTax.credit_note_id, func.sum(CreditNoteTax.amount_minor).label("tax"))
        .where(CreditNoteTax.business_id == business_id)
        .group_by(CreditNoteTax.credit_note_id)
        .subquery()
    )
    wrong = or_(
        func.coalesce(sums.c.net, 0) != CreditNote.net_minor,
        func.coalesce(sums.c.tax, 0) != CreditNote.tax_minor,
        func.coalesce(taxes.c.tax, 0) != CreditNote.tax_minor,
    )
    query = (
        select(CreditNote.number)
        .outerjoin(sums, sums.c.credit_note_id == CreditNote.id)
        .outerjoin(taxes, taxes.c.credit_note_id == CreditNote.id)
        .where(CreditNote.business_id == business_id, wrong)
    )
    for row in stream(query):
        yield f"Credit note {row.number}: its totals are not the sums of its lines and taxes."


def no_line_is_credited_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No line, and no tax on one, is credited for more than it came to."""
    total = func.sum(CreditNoteLine.total_minor)
    lines = (
        select(InvoiceLine.id, InvoiceLine.title)
        .join(
            CreditNoteLine,
            and_(CreditNoteLine.business_id == InvoiceLine.business_id, CreditNoteLine.line_id == InvoiceLine.id),
        )
        .join(CreditNote, _OF_NOTE)
        .where(InvoiceLine.business_id == business_id, CreditNote.status == "open")
        .group_by(InvoiceLine.id, InvoiceLine.title, InvoiceLine.total_minor)
        .having(total > InvoiceLine.total_minor)
    )
    for row in stream(lines):
        yield f"Line {row.id} ({row.title}) is credited for more than it came to."
    amount = func.sum(CreditNoteTax.amount_minor)
    taxes = (
        select(InvoiceFigure.id, InvoiceFigure.label)
        .join(
            CreditNoteTax,
            and_(CreditNoteTax.business_id == InvoiceFigure.business_id, CreditNoteTax.figure_id == InvoiceFigure.id),
        )
        .join(
            CreditNote,
            and_(CreditNote.business_id == CreditNoteTax.business_id, CreditNote.id == CreditNoteTax.credit_note_id),
        )
        .where(InvoiceFigure.business_id == business_id, CreditNote.status == "open")
        .group_by(InvoiceFigure.id, InvoiceFigure.label, InvoiceFigure.amount_minor)
        .having(amount > InvoiceFigure.amount_minor)
    )
    for row in stream(taxes):
        yield f"Tax {row.label} ({row.id}) is credited for more than it came to."


def note_states_follow_from_rows(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A void credit note has nothing left and says when; one that stands corrects an invoice that is issued."""
    problem = case(
        (
            and_(
                CreditNote.status == "void",
                or_(CreditNote.unallocated_minor != 0, CreditNote.refunded_minor != 0, CreditNote.voided_at.is_(None)),
            ),
            "is half void",
        ),
        (and_(CreditNote.status == "open", CreditNote.voided_at.is_not(None)), "stands and says it is void"),
        (and_(CreditNote.status == "open", Invoice.status.in_(("draft", "void"))), "corrects an invoice not in force"),
        (CreditNote.client_id != Invoice.client_id, "is another client's than its invoice"),
        (CreditNote.currency != Invoice.currency, "is in another currency than its invoice"),
    )
    query = select(CreditNote.number, problem.label("problem")).join(
        Invoice, and_(Invoice.business_id == CreditNote.business_id, Invoice.id == CreditNote.invoice_id)
    )
    for row in stream(query.where(CreditNote.business_id == business_id, problem.is_not(None))):
        yield f"Credit note {row.number} {row.problem}."
