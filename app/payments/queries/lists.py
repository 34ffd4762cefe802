"""Lists of payments: filtered, paged, added up per currency."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.clients.models import Client
from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.invoices.models import Invoice
from app.invoices.printing import method_words
from app.money import Money
from app.payments.models import Allocation, Payment
from app.payments.registry import title_of
from app.web.paging import Page, Walk, paginate

ORDERS: dict[str, tuple[Any, ...]] = {
    "-received_on": (Payment.received_on.desc(), Payment.id.desc()),
    "received_on": (Payment.received_on, Payment.id),
    "-created_at": (Payment.id.desc(),),
    "updated_at": (Payment.updated_at, Payment.id),
    "-updated_at": (Payment.updated_at.desc(), Payment.id.desc()),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of payments is narrowed to; days are inclusive."""

    text: str = ""
    method: str = ""
    client_id: uuid.UUID | None = None
    day_from: date | None = None
    day_to: date | None = None
    invoice_id: uuid.UUID | None = None
    """Only payments that settle something of it now."""
    currency: str = ""
    least_minor: int | None = None
    most_minor: int | None = None
    undone: bool | None = None
    with_credit: bool = False
    updated_since: datetime | None = None
    sort: str = "-received_on"

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any((self.text, self.method, self.client_id, self.day_from, self.day_to))


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a payment settles one invoice, and the invoice's status."""

    invoice_id: uuid.UUID
    number: str
    amount: Money
    status: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment in a list, with what it settles now."""

    payment: Payment
    client_name: str
    parts: tuple[Part, ...]

    @property
    def how(self) -> str:
        """The payment company that brought it, or in words how it came."""
        return title_of(self.payment.gateway) or method_words(self.payment.method)

    @property
    def amount(self) -> Money:
        """What came."""
        return Money(self.payment.amount_minor, self.payment.currency)

    @property
    def left(self) -> Money:
        """What is not used yet: the client's credit."""
        return Money(self.payment.unallocated_minor, self.payment.currency)


def list_payments(business_id: uuid.UUID, filters: Filters, cursor: str | Walk | None = None) -> Page[PaymentRow]:
    """A page of payments, by `filters.sort`."""
    query = select(Payment, Client.name).join(Client, _of_client()).where(*_conditions(business_id, filters))
    page = paginate(query, ORDERS[filters.sort], cursor, scope=(business_id, "payments", filters))
    parts = parts_of(business_id, [payment.id for payment, _ in page.items])
    rows = [PaymentRow(payment, name, tuple(parts[payment.id])) for payment, name in page.items]
    return replace(page, items=rows)


def get_row(business_id: uuid.UUID, payment_id: uuid.UUID) -> PaymentRow:
    """One payment as a list shows it. Raises NotFound."""
    mine = (Payment.business_id == business_id, Payment.id == payment_id)
    found = db.session.execute(select(Payment, Client.name).join(Client, _of_client()).where(*mine)).first()
    if found is None:
        raise NotFound
    return PaymentRow(found[0], found[1], tuple(parts_of(business_id, [payment_id])[payment_id]))


def sums(business_id: uuid.UUID, filters: Filters) -> list[tuple[int, Money]]:
    """(how many, how much) of all pages for each currency, reversed ones left out; the most used currency first."""
    query = (
        select(Payment.currency, func.count(), func.sum(Payment.amount_minor))
        .join(Client, _of_client())
        .where(*_conditions(business_id, filters), Payment.reversed_at.is_(None))
        .group_by(Payment.currency)
        .order_by(func.count().desc(), Payment.currency)
    )
    return [(int(many), Money.total(total, currency)) for currency, many, total in db.session.execute(query)]


def parts_of(business_id: uuid.UUID, payment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Part]]:
    """{payment: what it settles now, by number} of some payments."""
    total = func.sum(Allocation.amount_minor)
    query = (
        select(Allocation.payment_id, Invoice.id, Invoice.number, Invoice.status, Invoice.currency, total)
        .join(Invoice, and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id))
        .where(Allocation.business_id == business_id, Allocation.payment_id.in_(payment_ids))
        .group_by(Allocation.payment_id, Invoice.id, Invoice.number, Invoice.status, Invoice.currency)
        .having(total != 0)
        .order_by(Invoice.number)
    )
    found: dict[uuid.UUID, list[Part]] = defaultdict(list)
    for payment_id, invoice_id, number, status, currency, minor in db.session.execute(query):
        found[payment_id].append(Part(invoice_id, number or "", Money(int(minor), currency), status))
    return found


def open_invoices(business_id: uuid.UUID, client_id: uuid.UUID, currency: str, limit: int = 50) -> list[Invoice]:
    """A client's invoices that still need money, the one due first on top."""
    query = (
        select(Invoice)
        .where(Invoice.business_id == business_id, Invoice.client_id == client_id)
        .where(Invoice.currency == currency, Invoice.status == "open", Invoice.balance_minor > 0)
        .order_by(Invoice.due_date, Invoice.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def invoices_of(business_id: uuid.UUID, client_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Invoice]:
    """Those of some invoices that are a client's."""
    mine = (Invoice.business_id == business_id, Invoice.client_id == client_id)
    return list(db.session.scalars(select(Invoice).where(*mine, Invoice.id.in_(ids))))


def owed_currencies(business_id: uuid.UUID, client_id: uuid.UUID) -> list[str]:
    """The currencies in which a client has open invoices that need money."""
    mine = (Invoice.business_id == business_id, Invoice.client_id == client_id)
    query = select(Invoice.currency).where(*mine, Invoice.status == "open", Invoice.balance_minor > 0)
    return sorted(set(db.session.scalars(query.distinct())))


def anything(business_id: uuid.UUID) -> bool:
    """Whether any payment was ever recorded."""
    return db.session.scalar(select(Payment.id).where(Payment.business_id == business_id).limit(1)) is not None


def _of_client() -> ColumnElement[bool]:
    return and_(Client.business_id == Payment.business_id, Client.id == Payment.client_id)


def _conditions(business_id: uuid.UUID, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Payment.business_id == business_id]
    found += [_containing(word) for word in words(filters.text)]
    if filters.method:
        found.append(Payment.method == filters.method)
    if filters.client_id:
        found.append(Payment.client_id == filters.client_id)
    if filters.day_from:
        found.append(Payment.received_on >= filters.day_from)
    if filters.day_to:
        found.append(Payment.received_on <= filters.day_to)
    return found + _narrower(filters)


def _narrower(filters: Filters) -> list[ColumnElement[bool]]:
    """What only programs ask for."""
    found: list[ColumnElement[bool]] = []
    if filters.invoice_id:
        settling = (Allocation.business_id == Payment.business_id, Allocation.invoice_id == filters.invoice_id)
        parts = select(Allocation.payment_id).where(*settling, Allocation.payment_id.is_not(None))
        found.append(
            Payment.id.in_(parts.group_by(Allocation.payment_id).having(func.sum(Allocation.amount_minor) > 0))
        )
    if filters.currency:
        found.append(Payment.currency == filters.currency)
    if filters.least_minor is not None:
        found.append(Payment.amount_minor >= filters.least_minor)
    if filters.most_minor is not None:
        found.append(Payment.amount_minor <= filters.most_minor)
    if filters.undone is not None:
        found.append(Payment.reversed_at.is_not(None) if filters.undone else Payment.reversed_at.is_(None))
    if filters.with_credit:
        found.append(Payment.unallocated_minor > 0)
    if filters.updated_since:
        found.append(Payment.updated_at >= filters.updated_since)
    return found


def _containing(word: str) -> ColumnElement[bool]:
    """A word is in the client's name or address book, in a reference, or in the number of an invoice it settles."""

    def has(column: Any) -> ColumnElement[bool]:
        return func.lower(column).contains(word, autoescape=True)

    settles = and_(
        Allocation.business_id == Payment.business_id,
        Allocation.payment_id == Payment.id,
        Invoice.business_id == Allocation.business_id,
        Invoice.id == Allocation.invoice_id,
        has(Invoice.number),
    )
    found = (Client.search.contains(word, autoescape=True), has(Payment.reference), has(Payment.gateway_reference))
    return or_(*found, select(Allocation.id).where(settles).exists())
