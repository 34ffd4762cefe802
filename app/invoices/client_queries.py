"""What a client's page and the list of clients show about documents: figures per currency, the latest invoices."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Uuid, and_, bindparam, case, func, literal_column, select, type_coerce
from sqlalchemy.orm import load_only

from app.auth.models import AuditEvent
from app.auth.queries import TOLD
from app.clock import day_in
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules.states import State, state
from app.money import Money

REMEMBERED = 50
"""Paid invoices from which the average time to pay is taken."""
TOLD_AT_MOST = 12
"""Events on a client's page."""


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


_MINE = (Invoice.business_id == bindparam("business_id"), Invoice.client_id == bindparam("client_id"))
_OPEN = Invoice.status == "open"
_OWING = and_(_OPEN, Invoice.balance_minor > 0)
_LATE = and_(_OWING, Invoice.due_date < bindparam("today"))
_LATEST = (
    select(Invoice)
    .options(
        load_only(
            Invoice.status,
            Invoice.number,
            Invoice.currency,
            Invoice.issue_date,
            Invoice.due_date,
            Invoice.total_minor,
            Invoice.balance_minor,
        )
    )
    .where(*_MINE)
    .order_by(Invoice.id.desc())
    .limit(bindparam("most"))
)
_FIGURES = (
    select(
        Invoice.currency,
        func.count().label("documents"),
        func.count(case((_OPEN, 1))).label("issued"),
        func.sum(case((_OWING, Invoice.balance_minor), else_=0)).label("balance"),
        func.count(case((_OWING, 1))).label("open_count"),
        func.sum(case((_LATE, Invoice.balance_minor), else_=0)).label("overdue"),
        func.count(case((_LATE, 1))).label("overdue_count"),
    )
    .where(*_MINE)
    .group_by(Invoice.currency)
)
_PAID = (
    select(Invoice.issue_date, Invoice.paid_at)
    .where(*_MINE, _OPEN, Invoice.balance_minor == 0, Invoice.paid_at.is_not(None))
    .order_by(Invoice.paid_at.desc())
    .limit(REMEMBERED)
)
_EVENTS = (
    select(AuditEvent, Invoice.number)
    .outerjoin(Invoice, and_(Invoice.business_id == AuditEvent.business_id, Invoice.id == AuditEvent.object_id))
    .options(load_only(*TOLD))
    .where(AuditEvent.business_id == bindparam("business_id"), AuditEvent.client_id == bindparam("client_id"))
    .order_by(AuditEvent.id.desc())
    # Written out: a plan that is kept would expect a tenth of everything.
    .limit(literal_column(str(TOLD_AT_MOST)))
)


def client_documents(
    business_id: uuid.UUID, client_id: uuid.UUID, today: date, limit: int = 10
) -> list[ClientDocument]:
    """The latest invoices of a client, newest first. `today` is the date in the business's time zone."""
    values = {"business_id": business_id, "client_id": client_id, "most": limit}
    return [_document(invoice, today) for invoice in db.session.scalars(_LATEST, values)]


def client_figures(
    business_id: uuid.UUID, client_id: uuid.UUID, today: date, timezone: str, credit: Mapping[str, int]
) -> ClientFigures:
    """What a client owes and how it pays. `today` is the date in `timezone`, the business's IANA zone.

    `credit` is the client's money not used yet, {currency: minor units}.
    """
    mine = {"business_id": business_id, "client_id": client_id}
    rows = db.session.execute(_FIGURES, mine | {"today": today}).all()
    used = {row.currency: row for row in rows if row.issued}
    owed = []
    for currency in sorted({*used, *credit}):
        row, left = used.get(currency), Money.total(credit.get(currency, 0), currency)
        if row is None:
            nothing = Money.zero(currency)
            owed.append(Owed(nothing, nothing, left))
        else:
            balance, overdue = Money.total(row.balance, currency), Money.total(row.overdue, currency)
            owed.append(Owed(balance, overdue, left, row.open_count, row.overdue_count))
    days = [_days(issued, paid_at, timezone) for issued, paid_at in db.session.execute(_PAID, mine)]
    average = round(sum(days) / len(days)) if days else None
    return ClientFigures(tuple(owed), sum(row.documents for row in rows), average, len(days))


def client_activity(business_id: uuid.UUID, client_id: uuid.UUID) -> list[tuple[AuditEvent, str | None]]:
    """What happened to a client and to its documents, newest first, with the number of the invoice it is about."""
    found = db.session.execute(_EVENTS, {"business_id": business_id, "client_id": client_id})
    return [(event, number) for event, number in found]


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


def _document(invoice: Invoice, today: date) -> ClientDocument:
    badge = state(invoice.status, invoice.total_minor, invoice.balance_minor, invoice.due_date, today)
    total, balance = (Money(minor, invoice.currency) for minor in (invoice.total_minor, invoice.balance_minor))
    return ClientDocument(invoice.id, invoice.number, invoice.issue_date, invoice.due_date, total, balance, badge)


def _days(issued: date, paid_at: datetime, timezone: str) -> int:
    return max(0, (day_in(paid_at, timezone) - issued).days)
