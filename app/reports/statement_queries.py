"""Reading what a statement says, from the ledger: balances, movements, and what is open today. Of one client always."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, String, and_, case, cast, func, select

from app.auth.models import Business
from app.clients.models import Client
from app.clients.queries import home_and_client
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE
from app.payments.models import Payment
from app.reports.errors import TooManyMovements
from app.reports.periods import Period
from app.reports.statement import Movement, OpenInvoice, Statement, ages, balanced

MOST_MOVEMENTS = 1000
"""In one statement. It is read as a whole, and drawn on paper in one go."""
BOTH = (RECEIVABLE, CLIENT_CREDIT)

_SAME_ENTRY = and_(JournalEntry.business_id == JournalLine.business_id, JournalEntry.id == JournalLine.entry_id)
_SAME_INVOICE = and_(Invoice.business_id == JournalLine.business_id, Invoice.id == JournalLine.invoice_id)


@dataclass(frozen=True, slots=True)
class Balances:
    """What the ledger says of a client in one currency; `owed` and `credit` are the two parts of `closing`."""

    opening: int
    closing: int
    owed: int
    credit: int


@dataclass(frozen=True, slots=True)
class Account:
    """Everything a statement says, for the page, the PDF, the mail and the client alike.

    `open` is what is owed today, whatever the period. `ages` parts the closing balance by how late it is, and `credit`
    is the client's money in it, not used yet (negative); both are None unless the period ends today and they add up to
    what the ledger says.
    """

    business: Business
    client: Client
    today: date
    currencies: tuple[str, ...]
    statement: Statement
    open: tuple[OpenInvoice, ...]
    ages: tuple[int, ...] | None
    credit: int | None

    @property
    def currency(self) -> str:
        return self.statement.currency

    @property
    def period(self) -> Period:
        return self.statement.period

    @property
    def language(self) -> str:
        """The language that the client reads."""
        return self.client.language or self.business.language

    @property
    def overdue(self) -> int:
        """What of the closing balance is late; zero when that is not known."""
        return sum(self.ages[1:]) if self.ages else 0


def get_account(
    business_id: uuid.UUID, client_id: uuid.UUID, period: Period, today: date, currency: str = ""
) -> Account:
    """The statement of a client, archived or not, in a currency they were ever billed in, or else their own.

    `today` is the date in the business's time zone. Raises NotFound, TooManyMovements.
    """
    business, client = home_and_client(business_id, client_id)
    if client is None:
        raise NotFound
    found = balances(business_id, client_id, period)
    own = client.currency or business.currency
    currencies = tuple(sorted(found, key=lambda code: (code != own, code))) or (own,)
    chosen = currency if currency in currencies else currencies[0]
    now = found.get(chosen, Balances(0, 0, 0, 0))
    statement = balanced(period, chosen, now.opening, _movements(business_id, client_id, chosen, period))
    owed_today = find_open(business_id, client_id, chosen)
    parts = _parts(statement, now, owed_today, today)
    return Account(business, client, today, currencies, statement, owed_today, *parts)


def balances(business_id: uuid.UUID, client_id: uuid.UUID, period: Period) -> dict[str, Balances]:
    """{currency: balances} of every currency in which anything was ever posted for the client."""
    amount, day = JournalLine.amount_minor, JournalEntry.on_date
    until, owed = day <= period.last, JournalLine.account == RECEIVABLE
    sums = [
        func.sum(case((condition, amount), else_=0))
        for condition in (day < period.first, until, and_(until, owed), and_(until, ~owed))
    ]
    query = (
        select(JournalLine.currency, *sums)
        .join(JournalEntry, _SAME_ENTRY)
        .where(*_of_client(business_id, client_id))
        .group_by(JournalLine.currency)
    )
    return {currency: Balances(*map(int, figures)) for currency, *figures in db.session.execute(query)}


def find_open(business_id: uuid.UUID, client_id: uuid.UUID, currency: str) -> tuple[OpenInvoice, ...]:
    """Invoices on which the client owes something now, the oldest debt first."""
    query = (
        select(Invoice.id, Invoice.number, Invoice.due_date, Invoice.balance_minor)
        .where(Invoice.business_id == business_id, Invoice.client_id == client_id, Invoice.currency == currency)
        .where(Invoice.status == "open", Invoice.balance_minor > 0)
        .order_by(Invoice.due_date, Invoice.id)
    )
    return tuple(OpenInvoice(*row) for row in db.session.execute(query))


def _of_client(business_id: uuid.UUID, client_id: uuid.UUID) -> tuple[object, ...]:
    mine = (JournalLine.business_id == business_id, JournalLine.client_id == client_id)
    return (*mine, JournalLine.account.in_(BOTH))


def _movements(business_id: uuid.UUID, client_id: uuid.UUID, currency: str, period: Period) -> list[Movement]:
    rows = db.session.execute(_entries(business_id, client_id, currency, period)).all()
    if len(rows) > MOST_MOVEMENTS:
        raise TooManyMovements("until")
    return [
        Movement(
            row.on_date,
            row.kind,
            row.source_kind,
            row.source_id,
            int(row.minor),
            row.reference if row.method else row.number or row.memo,
            uuid.UUID(row.invoice) if row.invoice else None,
            row.method or "",
        )
        for row in rows
    ]


def _entries(business_id: uuid.UUID, client_id: uuid.UUID, currency: str, period: Period) -> Select[tuple[object, ...]]:
    """Entries of a period that leave the client owing more or less, each as one row; an allocation does neither.

    A document is named by the books (its number stands there), an entry about an invoice by the invoice's number, and a
    payment by the reference it came with.
    """
    entry, minor = JournalEntry, func.sum(JournalLine.amount_minor)
    named = func.max(Invoice.number)
    paid = and_(Payment.business_id == entry.business_id, Payment.id == entry.source_id, entry.source_kind == "payment")
    return (
        select(
            *(entry.on_date, entry.kind, entry.source_kind, entry.source_id, entry.memo),
            minor.label("minor"),
            func.max(cast(JournalLine.invoice_id, String)).label("invoice"),
            case((entry.source_kind.in_(("invoice", "write_off")), named), else_="").label("number"),
            func.max(Payment.reference).label("reference"),
            func.max(Payment.method).label("method"),
        )
        .join(JournalLine, _SAME_ENTRY)
        .outerjoin(Invoice, _SAME_INVOICE)
        .outerjoin(Payment, paid)
        .where(*_of_client(business_id, client_id), JournalLine.currency == currency)
        .where(entry.on_date.between(period.first, period.last))
        .group_by(entry.business_id, entry.id)
        .having(minor != 0)
        .order_by(entry.on_date, entry.id)
        .limit(MOST_MOVEMENTS + 1)
    )


def _parts(
    statement: Statement, now: Balances, owed: Sequence[OpenInvoice], today: date
) -> tuple[tuple[int, ...] | None, int | None]:
    """The closing balance by age, and the credit in it. Invoices know how old a debt is, the ledger what it comes to;
    where they speak of different days (an invoice dated tomorrow) nothing is said."""
    agree = sum(invoice.minor for invoice in owed) == now.owed and statement.closing == now.closing
    if statement.period.last != today or not agree:
        return None, None
    return tuple(ages(owed, today)), now.credit
