"""What must hold between credit notes and the invoices they correct, as `flask audit` asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from app.invoices.checks.documents import by_number
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice, InvoiceFigure, InvoiceLine
from app.ledger.checks import spelled, stream, uneven
from app.statements import BUSINESS, built

_CREDITED = select(Invoice.id, Invoice.currency, Invoice.credited_minor).where(
    Invoice.business_id == BUSINESS, Invoice.credited_minor != 0
)
_NOTES = select(CreditNote.invoice_id, CreditNote.currency, -CreditNote.total_minor).where(
    CreditNote.business_id == BUSINESS, CreditNote.status == "open"
)
_CREDITED_LESS_NOTES = built(by_number(uneven(_CREDITED, _NOTES)))


def credit_matches_notes(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What an invoice says was credited is what its credit notes come to, void ones left out."""
    for row in stream(_CREDITED_LESS_NOTES, business_id):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name}: what is credited and its credit notes differ by {by}."


def note_lines_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The figures of a credit note are the sums of its lines, and its tax the sum of its taxes."""
    for row in stream(_wrong_sums(), business_id):
        yield f"Credit note {row.number}: its totals are not the sums of its lines and taxes."


@cache
def _wrong_sums() -> Select[Any]:
    sums = (
        select(
            CreditNoteLine.credit_note_id,
            func.sum(CreditNoteLine.net_minor).label("net"),
            func.sum(CreditNoteLine.tax_minor).label("tax"),
        )
        .where(CreditNoteLine.business_id == BUSINESS)
        .group_by(CreditNoteLine.credit_note_id)
        .subquery()
    )
    taxes = (
        select(CreditNoteTax.credit_note_id, func.sum(CreditNoteTax.amount_minor).label("tax"))
        .where(CreditNoteTax.business_id == BUSINESS)
        .group_by(CreditNoteTax.credit_note_id)
        .subquery()
    )
    wrong = or_(
        func.coalesce(sums.c.net, 0) != CreditNote.net_minor,
        func.coalesce(sums.c.tax, 0) != CreditNote.tax_minor,
        func.coalesce(taxes.c.tax, 0) != CreditNote.tax_minor,
    )
    return built(
        select(CreditNote.number)
        .outerjoin(sums, sums.c.credit_note_id == CreditNote.id)
        .outerjoin(taxes, taxes.c.credit_note_id == CreditNote.id)
        .where(CreditNote.business_id == BUSINESS, wrong)
    )


_OF_NOTE = and_(CreditNote.business_id == CreditNoteLine.business_id, CreditNote.id == CreditNoteLine.credit_note_id)
_LINES_CREDITED_TOO_MUCH = built(
    select(InvoiceLine.id, InvoiceLine.title)
    .join(
        CreditNoteLine,
        and_(CreditNoteLine.business_id == InvoiceLine.business_id, CreditNoteLine.line_id == InvoiceLine.id),
    )
    .join(CreditNote, _OF_NOTE)
    .where(InvoiceLine.business_id == BUSINESS, CreditNote.status == "open")
    .group_by(InvoiceLine.id, InvoiceLine.title, InvoiceLine.total_minor)
    .having(func.sum(CreditNoteLine.total_minor) > InvoiceLine.total_minor)
)
_TAXES_CREDITED_TOO_MUCH = built(
    select(InvoiceFigure.id, InvoiceFigure.label)
    .join(
        CreditNoteTax,
        and_(CreditNoteTax.business_id == InvoiceFigure.business_id, CreditNoteTax.figure_id == InvoiceFigure.id),
    )
    .join(
        CreditNote,
        and_(CreditNote.business_id == CreditNoteTax.business_id, CreditNote.id == CreditNoteTax.credit_note_id),
    )
    .where(InvoiceFigure.business_id == BUSINESS, CreditNote.status == "open")
    .group_by(InvoiceFigure.id, InvoiceFigure.label, InvoiceFigure.amount_minor)
    .having(func.sum(CreditNoteTax.amount_minor) > InvoiceFigure.amount_minor)
)


def no_line_is_credited_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No line, and no tax on one, is credited for more than it came to."""
    for row in stream(_LINES_CREDITED_TOO_MUCH, business_id):
        yield f"Line {row.id} ({row.title}) is credited for more than it came to."
    for row in stream(_TAXES_CREDITED_TOO_MUCH, business_id):
        yield f"Tax {row.label} ({row.id}) is credited for more than it came to."


def note_states_follow_from_rows(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A void credit note has nothing left and says when; one that stands corrects an invoice that is issued."""
    for row in stream(_odd_states(), business_id):
        yield f"Credit note {row.number} {row.problem}."


@cache
def _odd_states() -> Select[Any]:
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
    return built(query.where(CreditNote.business_id == BUSINESS, problem.is_not(None)))
