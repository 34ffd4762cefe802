"""What must hold between payments, what they settle and the journal, as `flask audit` asks.

That nothing settles more than there is follows: the database keeps what is left of a payment and of an invoice between
zero and the whole, and here both are held against the allocations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, case, func, literal, or_, select

from app.invoices.models import Invoice
from app.ledger.checks import spelled, stream, uneven
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import CLIENT_CREDIT
from app.payments.models import Allocation, Attempt, Payment


def invoices_match_allocations(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Balance, what is written off and what payments settled make the total; drafts and void invoices have none."""
    rest = Invoice.total_minor - Invoice.balance_minor - Invoice.written_off_minor
    settled = case((Invoice.status.in_(("draft", "void")), 0), else_=rest)
    paid = select(Invoice.id, settled.label("amount")).where(Invoice.business_id == business_id)
    parts = select(Allocation.invoice_id, -Allocation.amount_minor).where(Allocation.business_id == business_id)
    found = uneven(paid, parts).order_by(None).subquery()
    query = select(Invoice.number, Invoice.id, Invoice.currency, found.c.difference)
    mine = and_(Invoice.business_id == business_id, Invoice.id == found.c.id)
    for row in stream(query.join(found, mine).order_by(Invoice.number)):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.number or row.id}: its balance and its payments differ by {by}."


def payments_match_allocations(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a payment is its amount less what it settles; nothing is left of a reversed one."""
    used = case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor - Payment.unallocated_minor)
    mine = select(Payment.id, used.label("amount")).where(Payment.business_id == business_id)
    parts = select(Allocation.payment_id, -Allocation.amount_minor).where(Allocation.business_id == business_id)
    for row in stream(uneven(mine, parts)):
        yield f"Payment {row.id}: what is left of it and what it settles are {int(row.difference)} minor units apart."


def reversed_payments_are_empty(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Nothing of a reversed payment can still be used."""
    query = select(Payment.id).where(Payment.business_id == business_id, Payment.reversed_at.is_not(None))
    for row in stream(query.where(Payment.unallocated_minor != 0)):
        yield f"Payment {row.id} was reversed and still has credit."


def allocations_fit(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A payment settles only invoices of its client and currency, and never less than nothing of one."""
    query = (
        select(Allocation.payment_id, Allocation.invoice_id)
        .join(Payment, and_(Payment.business_id == Allocation.business_id, Payment.id == Allocation.payment_id))
        .join(Invoice, and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id))
        .where(Allocation.business_id == business_id)
        .group_by(Allocation.payment_id, Allocation.invoice_id)
        .having(
            or_(
                func.sum(Allocation.amount_minor) < 0,
                func.max(case((Payment.currency != Invoice.currency, 1), else_=0)) == 1,
                func.max(case((Payment.client_id != Invoice.client_id, 1), else_=0)) == 1,
            )
        )
    )
    for row in stream(query):
        yield f"Payment {row.payment_id} does not fit invoice {row.invoice_id}, which it settles."


def credit_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a client's payments is their credit in the journal."""
    left = select(Payment.client_id, Payment.currency, Payment.unallocated_minor)
    books = select(JournalLine.client_id, JournalLine.currency, JournalLine.amount_minor)
    books = books.where(JournalLine.business_id == business_id, JournalLine.account == CLIENT_CREDIT)
    for row in stream(uneven(left.where(Payment.business_id == business_id), books)):
        by = spelled(row.difference, row.currency)
        yield f"Client {row.client_id}: credit left of payments and in the journal differ by {by}."


def cash_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every payment lies in the journal's cash once, and a reversed one not at all."""
    kept = case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor)
    money = select(Payment.id, Payment.currency, kept.label("amount")).where(Payment.business_id == business_id)
    books = (
        select(JournalEntry.source_id, JournalLine.currency, -JournalLine.amount_minor)
        .join(
            JournalEntry,
            and_(JournalEntry.business_id == JournalLine.business_id, JournalEntry.id == JournalLine.entry_id),
        )
        .where(JournalLine.business_id == business_id, JournalLine.account.startswith("cash:", autoescape=True))
        .where(JournalEntry.source_kind == "payment")
    )
    for row in stream(uneven(money, books)):
        by = spelled(row.difference, row.currency)
        yield f"Payment {row.id} and the cash in the journal differ by {by}."


def paid_attempts_have_payments(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a gateway was believed about is booked."""
    booked = select(literal(1)).where(
        Payment.business_id == Attempt.business_id,
        Payment.gateway == Attempt.gateway,
        Payment.gateway_reference == Attempt.reference,
    )
    query = select(Attempt.reference).where(Attempt.business_id == business_id, Attempt.state == "paid")
    for row in stream(query.where(~booked.exists())):
        yield f"The paid attempt {row.reference} has no payment."


CHECKS = (
    invoices_match_allocations,
    payments_match_allocations,
    reversed_payments_are_empty,
    allocations_fit,
    credit_matches_journal,
    cash_matches_journal,
    paid_attempts_have_payments,
)
