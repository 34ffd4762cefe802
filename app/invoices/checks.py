"""What must hold between invoices, their rows, their numbers and the journal, as `flask audit` asks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.auth.models import Business
from app.extensions import db
from app.invoices.models import Counter, Invoice, InvoiceFigure, InvoiceLine, WriteOff
from app.invoices.rules import period_key
from app.ledger.checks import spelled, stream, uneven
from app.ledger.models import JournalLine
from app.ledger.rules import BAD_DEBT, DISCOUNTS, RECEIVABLE, REVENUE, TAX

_TOKENS = {"{YYYY}": r"\d{4}", "{YY}": r"\d{2}", "{MM}": r"\d{2}"}
_MOST_NAMED = 5


def balances_match_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What every invoice says is owed is what its receivable in the journal says: zero unless it is open."""
    books = _posted(business_id, RECEIVABLE)
    mine = select(Invoice.id, Invoice.currency, Invoice.balance_minor).where(Invoice.business_id == business_id)
    for row in stream(_named(uneven(mine, books))):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name} and the journal disagree about its balance by {by}."


def clients_match_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What each client owes in the journal is the sum of their invoices' balances."""
    owed = select(Invoice.client_id, Invoice.currency, Invoice.balance_minor)
    books = select(JournalLine.client_id, JournalLine.currency, -JournalLine.amount_minor)
    books = books.where(JournalLine.business_id == business_id, JournalLine.account == RECEIVABLE)
    for row in stream(uneven(owed.where(Invoice.business_id == business_id, Invoice.status != "draft"), books)):
        by = spelled(row.difference, row.currency)
        yield f"Client {row.client_id}: open invoices and the journal differ by {by}."


def postings_match_documents(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Revenue, tax and discounts in the journal are those of the issued invoices; void ones cancel out."""
    figures = {
        REVENUE: -(Invoice.net_minor + Invoice.discount_minor),
        TAX: -Invoice.tax_minor,
        DISCOUNTS: Invoice.discount_minor,
    }
    issued = (Invoice.business_id == business_id, Invoice.status.not_in(("draft", "void")))
    sides = [
        select(Invoice.id, Invoice.currency, literal(account).label("account"), amount.label("amount")).where(*issued)
        for account, amount in figures.items()
    ]
    books = select(JournalLine.invoice_id, JournalLine.currency, JournalLine.account, -JournalLine.amount_minor)
    books = books.where(JournalLine.business_id == business_id, JournalLine.account.in_(figures))
    for row in stream(_named(uneven(*sides, books))):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name}: {row.account} in the journal differs from the document by {by}."


def lines_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The stored totals are the sums of the lines, and the total is net plus tax."""
    pairs: dict[str, ColumnElement[Any]] = {
        "subtotal": InvoiceLine.gross_minor,
        "net": InvoiceLine.net_minor,
        "tax": InvoiceLine.tax_minor,
        "total": InvoiceLine.total_minor,
    }  # type: ignore[dict-item]
    sums = select(InvoiceLine.invoice_id, *(func.sum(column).label(name) for name, column in pairs.items()))
    lines = sums.where(InvoiceLine.business_id == business_id).group_by(InvoiceLine.invoice_id).subquery()
    wrong = [getattr(Invoice, f"{name}_minor") != func.coalesce(lines.c[name], 0) for name in pairs]
    wrong.append(Invoice.total_minor != Invoice.net_minor + Invoice.tax_minor)
    query = select(_name().label("name")).outerjoin(lines, lines.c.invoice_id == Invoice.id)
    for row in stream(query.where(Invoice.business_id == business_id, or_(*wrong))):
        yield f"Invoice {row.name}: its totals are not the sums of its lines."


def figures_make_the_totals(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every discount and tax of an issued invoice is explained by rows; a draft has none."""
    issued = (Invoice.business_id == business_id, Invoice.status != "draft")
    sides = [
        select(Invoice.id, Invoice.currency, literal(kind).label("kind"), amount.label("amount")).where(*issued)
        for kind, amount in (("tax", Invoice.tax_minor), ("discount", Invoice.discount_minor))
    ]
    kind = case((InvoiceFigure.kind == "tax", literal("tax")), else_=literal("discount"))
    rows = select(InvoiceFigure.invoice_id, Invoice.currency, kind, -InvoiceFigure.amount_minor).join(
        Invoice, and_(Invoice.business_id == InvoiceFigure.business_id, Invoice.id == InvoiceFigure.invoice_id)
    )
    # A remainder is part of the row it belongs to; `remainders_are_parts` looks at those.
    rows = rows.where(InvoiceFigure.business_id == business_id, InvoiceFigure.kind != "rounding")
    for row in stream(_named(uneven(*sides, rows))):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.name}: the rows that explain its {row.kind} are off by {by}."


def write_offs_match_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is written off on an invoice is its write-offs less its recoveries, and its bad debt in the journal."""
    now_off = select(Invoice.id, Invoice.currency, Invoice.written_off_minor).where(Invoice.business_id == business_id)
    kept = select(WriteOff.invoice_id, Invoice.currency, -WriteOff.amount_minor).join(
        Invoice, and_(Invoice.business_id == WriteOff.business_id, Invoice.id == WriteOff.invoice_id)
    )
    sides = {"the rows of its write-offs": kept.where(WriteOff.business_id == business_id)}
    sides["bad debt in the journal"] = _posted(business_id, BAD_DEBT)
    for named, side in sides.items():
        for row in stream(_named(uneven(now_off, side))):
            by = spelled(row.difference, row.currency)
            yield f"Invoice {row.name}: what is written off differs from {named} by {by}."


def remainders_are_parts(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every remainder stands on a line and is a part of the tax there, or of the document's discount."""
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
        select(_name().label("name"))
        .distinct()
        .join(
            InvoiceFigure,
            and_(InvoiceFigure.business_id == Invoice.business_id, InvoiceFigure.invoice_id == Invoice.id),
        )
    )
    stray = or_(InvoiceFigure.amount_minor <= 0, InvoiceFigure.line_id.is_(None), ~part.exists())
    rounding = (Invoice.business_id == business_id, InvoiceFigure.kind == "rounding")
    for row in stream(query.where(*rounding, stray)):
        yield f"Invoice {row.name}: a rounding remainder is part of no tax and no discount."


def states_follow_from_rows(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A draft has nothing that only issuing gives; an issued invoice has all of it; a void one owes nothing.

    Something is written off exactly where the status says so, and then nothing is owed.
    """
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
    query = select(_name().label("name"), problem.label("problem"))
    for row in stream(query.where(Invoice.business_id == business_id, problem.is_not(None))):
        yield f"Invoice {row.name} {row.problem}."


def numbers_have_no_gaps(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every number the counters gave is on an invoice.

    Numbers are read with the pattern in force; those of an earlier pattern are left alone, and the series then begins
    with the first number of this one.
    """
    business = db.session.get_one(Business, business_id)
    counters = select(Counter.period, Counter.value).where(Counter.business_id == business_id)
    last = {period: int(value) for period, value in db.session.execute(counters.where(Counter.kind == "invoice"))}
    current = {period: value for period, value in last.items() if (period != "all") == business.number_yearly}
    read = _reader(business.number_pattern)
    seen = {period: bytearray(value + 1) for period, value in current.items()}
    foreign: set[str] = set()
    for number, issue_date in _numbers(business_id):
        period = period_key(business.number_yearly, issue_date)
        found = read.fullmatch(number)
        if found is None or period not in seen:
            foreign.add(period)
        elif int(found["counter"]) < len(seen[period]):
            seen[period][int(found["counter"])] = 1
    for period, marks in seen.items():
        yield from _gaps(period, marks, mixed=period in foreign)


def _gaps(period: str, marks: bytearray, mixed: bool) -> Iterator[str]:
    first = max(marks.find(1), 1) if mixed else 1
    if mixed and 1 not in marks:
        return
    missing = [n for n in range(first, len(marks)) if not marks[n]]
    if missing:
        named = ", ".join(map(str, missing[:_MOST_NAMED])) + (" ..." if len(missing) > _MOST_NAMED else "")
        yield f"Numbers of period {period}: {len(missing)} missing of {len(marks) - 1} given ({named})."


def _numbers(business_id: uuid.UUID) -> Iterator[tuple[str, date]]:
    query = select(Invoice.number, Invoice.issue_date)
    for row in stream(query.where(Invoice.business_id == business_id, Invoice.number.is_not(None))):
        yield row.number, row.issue_date


def _reader(pattern: str) -> re.Pattern[str]:
    """Reads the counter out of a number that this pattern made."""
    parts = re.split(r"(\{[YM0]+\})", pattern)
    return re.compile(
        "".join(
            _TOKENS.get(part) or (r"(?P<counter>\d+)" if part.startswith("{0") else re.escape(part)) for part in parts
        )
    )


def _posted(business_id: uuid.UUID, account: str) -> Select[Any]:
    books = select(JournalLine.invoice_id, JournalLine.currency, -JournalLine.amount_minor)
    return books.where(JournalLine.business_id == business_id, JournalLine.account == account)


def _name() -> ColumnElement[str]:
    return func.coalesce(Invoice.number, literal("without a number"))


def _named(query: Select[Any]) -> Select[Any]:
    """Differences by invoice id, with the invoice's number; ids without an invoice keep a row."""
    found = query.order_by(None).subquery()
    name = case((Invoice.id.is_(None), literal("that does not exist")), else_=_name())
    others = [column for column in found.c if column.name != "id"]
    return select(name.label("name"), *others).outerjoin(Invoice, Invoice.id == found.c.id).order_by(Invoice.number)


CHECKS = (
    balances_match_journal,
    clients_match_journal,
    postings_match_documents,
    lines_make_the_totals,
    figures_make_the_totals,
    write_offs_match_journal,
    remainders_are_parts,
    states_follow_from_rows,
    numbers_have_no_gaps,
)
