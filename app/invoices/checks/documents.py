"""What must hold between invoices, their rows and the journal, as `flask audit` asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.invoices.models import CreditNote, Invoice, InvoiceFigure, InvoiceLine, WriteOff
from app.ledger.checks import spelled, stream, uneven, uneven_in_any
from app.ledger.models import JournalLine
from app.ledger.rules import BAD_DEBT, DISCOUNTS, RECEIVABLE, REVENUE, TAX
from app.statements import BUSINESS, built

ACCOUNTS = (RECEIVABLE, REVENUE, TAX, DISCOUNTS, BAD_DEBT)


_MINE = Invoice.business_id == BUSINESS


def document_name() -> ColumnElement[str]:
    return func.coalesce(Invoice.number, literal("without a number"))


def by_number(query: Select[Any], *more: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    """Differences by invoice id, with the invoice's number and `more` of it; ids without an invoice keep a row."""
    found = query.order_by(None).subquery()
    name = case((Invoice.id.is_(None), literal("that does not exist")), else_=document_name())
    others = [column for column in found.c if column.name != "id"]
    return (
        select(name.label("name"), *others, *more).outerjoin(Invoice, Invoice.id == found.c.id).order_by(Invoice.number)
    )


def journal_matches_documents(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The journal has of every invoice what the document says: owed (zero unless it is open) and written off; and while
    it is in force, revenue, tax and discounts, less those of its credit notes.

    All of it in one pass: the journal is the longest table there is.
    """
    for row in stream(_documents_less_journal(), business_id):
        for place, account in enumerate(ACCOUNTS):
            if difference := getattr(row, f"off_{place}"):
                yield f"Invoice {row.name}{_ABOUT[account]} by {spelled(difference, row.currency)}."


_ABOUT = {account: f": {account} in the journal differs from the document" for account in (REVENUE, TAX, DISCOUNTS)}
_ABOUT[RECEIVABLE] = " and the journal disagree about its balance"
_ABOUT[BAD_DEBT] = ": what is written off differs from bad debt in the journal"


@cache
def _documents_less_journal() -> Select[Any]:
    in_force = Invoice.status.not_in(("draft", "void"))
    issued = (
        -(Invoice.net_minor + Invoice.discount_minor),
        -Invoice.tax_minor,
        Invoice.discount_minor,
    )
    said = select(
        Invoice.id,
        Invoice.currency,
        Invoice.balance_minor,
        *(case((in_force, amount), else_=0) for amount in issued),
        Invoice.written_off_minor,
    )
    credited = select(
        CreditNote.invoice_id,
        CreditNote.currency,
        literal(0),
        CreditNote.net_minor + CreditNote.discount_minor,
        CreditNote.tax_minor,
        -CreditNote.discount_minor,
        literal(0),
    )
    posted = select(
        JournalLine.invoice_id,
        JournalLine.currency,
        *(case((JournalLine.account == account, -JournalLine.amount_minor), else_=0) for account in ACCOUNTS),
    )
    sides = (
        said.where(_MINE),
        credited.where(CreditNote.business_id == BUSINESS, CreditNote.status == "open"),
        posted.where(JournalLine.business_id == BUSINESS, JournalLine.account.in_(ACCOUNTS)),
    )
    return built(by_number(uneven_in_any(2, *sides)))


_OWED = select(Invoice.client_id, Invoice.currency, Invoice.balance_minor).where(_MINE, Invoice.status != "draft")
_RECEIVABLE = select(JournalLine.client_id, JournalLine.currency, -JournalLine.amount_minor).where(
    JournalLine.business_id == BUSINESS, JournalLine.account == RECEIVABLE
)
_OWED_LESS_RECEIVABLE = built(uneven(_OWED, _RECEIVABLE))


def clients_match_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What each client owes in the journal is the sum of their invoices' balances."""
    for row in stream(_OWED_LESS_RECEIVABLE, business_id):
        by = spelled(row.difference, row.currency)
        yield f"Client {row.client_id}: open invoices and the journal differ by {by}."


def lines_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The stored totals are the sums of the lines, and the total is net plus tax."""
    for row in stream(_wrong_sums(), business_id):
        yield f"Invoice {row.name}: its totals are not the sums of its lines."


@cache
def _wrong_sums() -> Select[Any]:
    pairs: dict[str, ColumnElement[Any]] = {
        "subtotal": InvoiceLine.gross_minor,
        "net": InvoiceLine.net_minor,
        "tax": InvoiceLine.tax_minor,
        "total": InvoiceLine.total_minor,
    }  # type: ignore[dict-item]
    sums = select(InvoiceLine.invoice_id, *(func.sum(column).label(name) for name, column in pairs.items()))
    lines = sums.where(InvoiceLine.business_id == BUSINESS).group_by(InvoiceLine.invoice_id).subquery()
    wrong = [getattr(Invoice, f"{name}_minor") != func.coalesce(lines.c[name], 0) for name in pairs]
    wrong.append(Invoice.total_minor != Invoice.net_minor + Invoice.tax_minor)
    query = select(document_name().label("name")).outerjoin(lines, lines.c.invoice_id == Invoice.id)
    return built(query.where(_MINE, or_(*wrong)))


def figures_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every discount and tax of an issued invoice is explained by rows; a draft has none."""
    for row in stream(_unexplained(), business_id):
        for kind, difference in (("tax", row.off_0), ("discount", row.off_1)):
            if difference:
                by = spelled(difference, row.currency)
                yield f"Invoice {row.name}: the rows that explain its {kind} are off by {by}."


@cache
def _unexplained() -> Select[Any]:
    said = select(Invoice.id, Invoice.tax_minor, Invoice.discount_minor).where(_MINE, Invoice.status != "draft")
    is_tax = InvoiceFigure.kind == "tax"
    rows = select(
        InvoiceFigure.invoice_id,
        case((is_tax, -InvoiceFigure.amount_minor), else_=0),
        case((is_tax, 0), else_=-InvoiceFigure.amount_minor),
    )
    # A remainder is part of the row it belongs to; `remainders_are_parts` looks at those.
    rows = rows.where(InvoiceFigure.business_id == BUSINESS, InvoiceFigure.kind != "rounding")
    return built(by_number(uneven_in_any(1, said, rows), Invoice.currency))


_OFF = select(Invoice.id, Invoice.currency, Invoice.written_off_minor).where(_MINE, Invoice.written_off_minor != 0)
_WRITE_OFFS = (
    select(WriteOff.invoice_id, Invoice.currency, -WriteOff.amount_minor)
    .join(Invoice, and_(Invoice.business_id == WriteOff.business_id, Invoice.id == WriteOff.invoice_id))
    .where(WriteOff.business_id == BUSINESS)
)
_OFF_LESS_WRITE_OFFS = built(by_number(uneven(_OFF, _WRITE_OFFS)))


def write_offs_match_rows(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is written off on an invoice is its write-offs less its recoveries."""
    for row in stream(_OFF_LESS_WRITE_OFFS, business_id):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name}: what is written off differs from the rows of its write-offs by {by}."


def remainders_are_parts(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every remainder stands on a line and is a part of the tax there, or of the document's discount."""
    for row in stream(_stray_remainders(), business_id):
        yield f"Invoice {row.name}: a rounding remainder is part of no tax and no discount."


@cache
def _stray_remainders() -> Select[Any]:
    whole = aliased(InvoiceFigure)
    of_tax = and_(whole.kind == "tax", whole.line_id == InvoiceFigure.line_id, whole.tax_id == InvoiceFigure.tax_id)
    of_discount = and_(whole.kind == "document_discount", InvoiceFigure.tax_id.is_(None))
    part = select(whole.id).where(
        whole.business_id == InvoiceFigure.business_id,
        whole.invoice_id == InvoiceFigure.invoice_id,
        or_(of_tax, of_discount),
        whole.amount_minor >= InvoiceFigure.amount_minor,
    )
    query = (
        select(document_name().label("name"))
        .distinct()
        .join(
            InvoiceFigure,
            and_(InvoiceFigure.business_id == Invoice.business_id, InvoiceFigure.invoice_id == Invoice.id),
        )
    )
    stray = or_(InvoiceFigure.amount_minor <= 0, InvoiceFigure.line_id.is_(None), ~part.exists())
    return built(query.where(_MINE, InvoiceFigure.kind == "rounding", stray))


def states_follow_from_rows(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A draft has nothing that only issuing gives; an issued invoice has all of it; a void one owes nothing.

    Something is written off exactly where the status says so, and then nothing is owed.
    """
    for row in stream(_odd_states(), business_id):
        yield f"Invoice {row.name} {row.problem}."


@cache
def _odd_states() -> Select[Any]:
    posted = select(JournalLine.id).where(
        JournalLine.business_id == Invoice.business_id, JournalLine.invoice_id == Invoice.id
    )
    issued = or_(Invoice.number.is_not(None), Invoice.issued_at.is_not(None), Invoice.balance_minor != 0)
    bare = or_(Invoice.number.is_(None), Invoice.issued_at.is_(None), Invoice.client_id.is_(None))
    paid = or_(
        and_(Invoice.balance_minor == 0, Invoice.paid_at.is_(None)),
        and_(Invoice.balance_minor != 0, Invoice.paid_at.is_not(None)),
    )
    off = Invoice.status == "written_off"
    half_off = or_(
        and_(off, or_(Invoice.written_off_minor == 0, Invoice.balance_minor != 0, Invoice.paid_at.is_not(None))),
        and_(~off, Invoice.written_off_minor != 0),
    )
    problem = case(
        (and_(Invoice.status == "draft", or_(issued, posted.exists())), "is a draft with traces of having been issued"),
        (and_(Invoice.status != "draft", bare), "is issued without a number, a date or a client"),
        (and_(Invoice.status == "void", or_(Invoice.balance_minor != 0, Invoice.voided_at.is_(None))), "is half void"),
        (half_off, "is half written off"),
        (and_(Invoice.status == "open", paid), "says it is paid when it is not, or the other way round"),
    )
    query = select(document_name().label("name"), problem.label("problem"))
    return built(query.where(_MINE, problem.is_not(None)))
