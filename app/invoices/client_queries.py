"""What a client's page and the list of clients show about documents: figures per currency, the latest invoices."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Uuid, case, func, select, type_coerce

from app.clock import day_in
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules.states import State, state
from app.ledger.models import JournalLine
from app.ledger.rules import CLIENT_CREDIT
from app.money import Money

REMEMBERED = 50
"""Paid invoices from which the average time to pay is taken."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a client owes in one currency. `open_count` and `overdue_count` are invoices with a balance."""

    balance: Money
    overdue: Money
    credit: Money
    open_count: int = 0
    overdue_count: int = 0


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """A client's figures: one `Owed` for each currency ever used, and days from issue to payment on average."""

    owed: tuple[Owed, ...]
    documents: int
    days_to_pay: int | None
    paid_count: int


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """One invoice in a list of a client's documents."""

    id: uuid.UUID
    number: str | None
    issue_date: date
    due_date: date
    total: Money
    balance: Money
    state: State


def client_documents(
    business_id: uuid.UUID, client_id: uuid.UUID, today: date, limit: int = 10
) -> list[ClientDocument]:
    """The latest invoices of a client, newest first. `today` is the date in the business's time zone."""
    query = (
        select(Invoice)
        .where(Invoice.business_id == business_id, Invoice.client_id == client_id)
        .order_by(Invoice.id.desc())
        .limit(limit)
    )
    return [_document(invoice, today) for invoice in db.session.scalars(query)]


def client_figures(business_id: uuid.UUID, client_id: uuid.UUID, today: date, timezone: str) -> ClientFigures:
    """What a client owes and how it pays. `today` is the date in `timezone`, the business's IANA zone."""
    mine = (Invoice.business_id == business_id, Invoice.client_id == client_id)
    late = (Invoice.due_date < today) & (Invoice.balance_minor > 0)
    query = (
        select(
            Invoice.currency,
            func.sum(Invoice.balance_minor),
            func.count(case((Invoice.balance_minor > 0, 1))),
            func.sum(case((late, Invoice.balance_minor), else_=0)),
            func.count(case((late, 1))),
        )
        .where(*mine, Invoice.status == "open")
        .group_by(Invoice.currency)
    )
    sums = {row[0]: [int(value) for value in row[1:]] for row in db.session.execute(query)}
    credit = _credit(business_id, client_id)
    owed = []
    for currency in sorted({*sums, *credit}):
        balance, open_count, overdue, overdue_count = sums.get(currency, [0, 0, 0, 0])
        moneys = (Money.total(minor, currency) for minor in (balance, overdue, credit.get(currency, 0)))
        owed.append(Owed(*moneys, open_count, overdue_count))
    documents = db.session.scalar(select(func.count()).select_from(Invoice).where(*mine)) or 0
    days = _days_to_pay(business_id, client_id, timezone)
    average = round(sum(days) / len(days)) if days else None
    return ClientFigures(tuple(owed), int(documents), average, len(days))


def balances(business_id: uuid.UUID, client_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Money]]:
    """{client: what is still to be paid, one amount for each currency} of the clients of one page."""
    query = (
        select(type_coerce(Invoice.client_id, Uuid), Invoice.currency, func.sum(Invoice.balance_minor))
        .where(Invoice.business_id == business_id, Invoice.client_id.in_(client_ids))
        .where(Invoice.status == "open", Invoice.balance_minor > 0)
        .group_by(Invoice.client_id, Invoice.currency)
        .order_by(Invoice.currency)
    )
    found: dict[uuid.UUID, list[Money]] = defaultdict(list)
    for client_id, currency, minor in db.session.execute(query):
        found[client_id].append(Money.total(minor, currency))
    return found


def numbers(business_id: uuid.UUID, ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """{invoice: number} of those of the ids that are issued invoices."""
    query = select(Invoice.id, Invoice.number).where(Invoice.business_id == business_id, Invoice.id.in_(set(ids)))
    return {id: number for id, number in db.session.execute(query) if number}


def _document(invoice: Invoice, today: date) -> ClientDocument:
    badge = state(invoice.status, invoice.total_minor, invoice.balance_minor, invoice.due_date, today)
    total, balance = (Money(minor, invoice.currency) for minor in (invoice.total_minor, invoice.balance_minor))
    return ClientDocument(invoice.id, invoice.number, invoice.issue_date, invoice.due_date, total, balance, badge)


def _credit(business_id: uuid.UUID, client_id: uuid.UUID) -> dict[str, int]:
    """{currency: the client's money not used yet, in minor units}; in the journal it is a debt, so negative."""
    query = (
        select(JournalLine.currency, func.sum(JournalLine.amount_minor))
        .where(JournalLine.business_id == business_id, JournalLine.client_id == client_id)
        .where(JournalLine.account == CLIENT_CREDIT)
        .group_by(JournalLine.currency)
    )
    return {currency: -int(total) for currency, total in db.session.execute(query) if total}


def _days_to_pay(business_id: uuid.UUID, client_id: uuid.UUID, timezone: str) -> list[int]:
    query = (
        select(Invoice.issue_date, Invoice.paid_at)
        .where(Invoice.business_id == business_id, Invoice.client_id == client_id)
        .where(Invoice.status == "open", Invoice.balance_minor == 0, Invoice.paid_at.is_not(None))
        .order_by(Invoice.paid_at.desc())
        .limit(REMEMBERED)
    )
    rows = db.session.execute(query)
    return [max(0, (day_in(paid_at, timezone) - issued).days) for issued, paid_at in rows if paid_at]
