"""What documents are worth in the base currency, and the journal with them, as `flask audit` asks.

Converting rounds, and a rate times an amount is more than the databases count exactly: so the rows stream by and are
reckoned here, those with a rate only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select

from app.invoices.checks.documents import document_name
from app.invoices.models import CreditNote, Invoice
from app.ledger.checks import spelled, stream
from app.ledger.exchange import Rate
from app.ledger.models import JournalLine
from app.ledger.rules import BAD_DEBT, DISCOUNTS, RECEIVABLE, REVENUE, TAX
from app.statements import BUSINESS, built

_VALUED = (RECEIVABLE, BAD_DEBT, REVENUE, TAX, DISCOUNTS)


def base_amounts_follow_from_the_rate(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What an invoice with a rate says it is worth is its figures converted, and so is each account in the journal."""
    for row in stream(_documents(), business_id):
        rate = Rate(row.currency, row.base_currency, row.rate_to_base)
        for named, said, minor in _pairs(row):
            if (apart := int(said) - rate.worth(int(minor))) != 0:
                by = spelled(apart, rate.base)
                yield f"Invoice {row.name}: {named} in the base currency is off by {by}."


def rates_are_whole(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A document has all of a rate or nothing of it; a credit note has that of its invoice."""
    for row in stream(_half_rated(), business_id):
        yield f"Invoice {row.name} has half a rate."
    for row in stream(_NOTES_WITH_ANOTHER_RATE, business_id):
        yield f"Credit note {row.number} has another rate than its invoice."


@cache
def _half_rated() -> Select[Any]:
    worth = (Invoice.base_total_minor, Invoice.base_balance_minor)
    unrated = and_(Invoice.rate_to_base.is_(None), or_(*(figure.is_not(None) for figure in worth)))
    issued = and_(Invoice.status != "draft", Invoice.rate_to_base.is_not(None))
    half = and_(issued, or_(Invoice.rate_source.is_(None), Invoice.rate_on.is_(None)))
    own = Invoice.base_currency == Invoice.currency
    query = select(document_name().label("name")).where(Invoice.business_id == BUSINESS)
    return built(query.where(or_(unrated, half, own)))


_NOTES_WITH_ANOTHER_RATE = built(
    select(CreditNote.number)
    .join(Invoice, and_(Invoice.business_id == CreditNote.business_id, Invoice.id == CreditNote.invoice_id))
    .where(
        CreditNote.business_id == BUSINESS,
        or_(
            CreditNote.rate_to_base.is_distinct_from(Invoice.rate_to_base),
            CreditNote.base_currency.is_distinct_from(Invoice.base_currency),
        ),
    )
)


_CONVERTED_WITHOUT_A_RATE = built(
    select(document_name().label("name"))
    .distinct()
    .select_from(JournalLine)
    .join(Invoice, and_(Invoice.business_id == JournalLine.business_id, Invoice.id == JournalLine.invoice_id))
    .where(JournalLine.business_id == BUSINESS, JournalLine.base_minor.is_not(None))
    .where(JournalLine.base_currency.is_distinct_from(Invoice.base_currency))
)


def nothing_is_converted_without_a_rate(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No invoice without a rate is worth anything in the journal."""
    for row in stream(_CONVERTED_WITHOUT_A_RATE, business_id):
        yield f"Invoice {row.name} is converted in the journal and has no such rate."


@cache
def _documents() -> Select[Any]:
    """Issued invoices with a rate, what their credit notes took, and what the journal says they are worth."""
    sums = [
        func.sum(case((JournalLine.account == account, JournalLine.base_minor), else_=0)).label(account)
        for account in _VALUED
    ]
    booked = (
        select(JournalLine.invoice_id, JournalLine.base_currency, *sums)
        .where(JournalLine.business_id == BUSINESS, JournalLine.base_minor.is_not(None))
        .group_by(JournalLine.invoice_id, JournalLine.base_currency)
        .subquery()
    )
    taken = (
        select(
            CreditNote.invoice_id,
            func.sum(CreditNote.net_minor + CreditNote.discount_minor).label("net"),
            func.sum(CreditNote.discount_minor).label("discount"),
            func.sum(CreditNote.tax_minor).label("tax"),
        )
        .where(CreditNote.business_id == BUSINESS, CreditNote.status == "open")
        .group_by(CreditNote.invoice_id)
        .subquery()
    )
    figures = (
        "status", "currency", "base_currency", "rate_to_base", "total_minor", "balance_minor", "written_off_minor",
        "net_minor", "discount_minor", "tax_minor", "base_total_minor", "base_balance_minor",
    )  # fmt: skip
    journal = [func.coalesce(booked.c[account], 0).label(account) for account in _VALUED]
    gone = [func.coalesce(taken.c[name], 0).label(f"{name}_taken") for name in ("net", "discount", "tax")]
    return built(
        select(document_name().label("name"), *(getattr(Invoice, name) for name in figures), *journal, *gone)
        .outerjoin(booked, and_(booked.c.invoice_id == Invoice.id, booked.c.base_currency == Invoice.base_currency))
        .outerjoin(taken, taken.c.invoice_id == Invoice.id)
        .where(Invoice.business_id == BUSINESS, Invoice.status != "draft", Invoice.rate_to_base.is_not(None))
    )


def _pairs(row: Row[Any]) -> Iterator[tuple[str, int, int]]:
    """(what is compared, base minor units as kept, minor units of the document that it should be worth)."""
    stands = 0 if row.status == "void" else 1
    yield "its total", row.base_total_minor or 0, row.total_minor
    yield "its balance", row.base_balance_minor or 0, row.balance_minor
    yield "its receivable", row.receivable, row.balance_minor
    yield "its bad debt", row.bad_debt, row.written_off_minor
    yield "its revenue", row.revenue, stands * (row.net_taken - row.net_minor - row.discount_minor)
    yield "its tax", row.tax, stands * (row.tax_taken - row.tax_minor)
    yield "its discount", row.discounts, stands * (row.discount_minor - row.discount_taken)
