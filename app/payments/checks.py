"""What must hold between payments, what they settle and the journal, as `flask audit` asks.

That nothing settles more than there is follows: the database keeps what is left of a payment and of an invoice between
zero and the whole, and here both are held against the allocations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, case, func, literal, or_, select, union

from app.invoices.models import CreditNote, Invoice
from app.ledger.checks import spelled, stream, uneven
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import CLIENT_CREDIT
from app.payments.models import Allocation, Attempt, Dispute, Payment, Refund

_STANDS = Refund.state.not_in(("failed", "reversed"))


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


def sources_match_uses(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a payment or a credit note is its amount less what it settles and what was given back; nothing is
    left of one that was undone."""
    undone = Payment.reversed_at.is_not(None)
    sides = (
        ("Payment", Payment, case((undone, 0), else_=Payment.amount_minor), Allocation.payment_id, Refund.payment_id),
        (
            "Credit note",
            CreditNote,
            case((CreditNote.status == "void", 0), else_=CreditNote.total_minor),
            Allocation.credit_note_id,
            Refund.credit_note_id,
        ),
    )
    for word, model, amount, settling, refunding in sides:
        used = select(model.id, (amount - model.unallocated_minor).label("amount"))
        parts = select(settling, -Allocation.amount_minor).where(Allocation.business_id == business_id)
        given = select(refunding, -Refund.amount_minor).where(Refund.business_id == business_id, _STANDS)
        mine = used.where(model.business_id == business_id)
        for row in stream(uneven(mine, parts.where(settling.is_not(None)), given.where(refunding.is_not(None)))):
            apart = int(row.difference)
            yield f"{word} {row.id}: what is left of it and what it was used for are {apart} minor units apart."


def refunds_match_sources(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a payment or a credit note says was given back is what its refunds come to."""
    for word, model, column in (
        ("Payment", Payment, Refund.payment_id),
        ("Credit note", CreditNote, Refund.credit_note_id),
    ):
        said = select(model.id, model.refunded_minor.label("amount"))
        said = said.where(model.business_id == business_id, model.refunded_minor != 0)
        given = select(column, -Refund.amount_minor).where(Refund.business_id == business_id, _STANDS)
        for row in stream(uneven(said, given.where(column.is_not(None)))):
            yield f"{word} {row.id}: what was given back and its refunds are {int(row.difference)} minor units apart."


def nothing_goes_back_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A gateway gives back no more over a payment than came through it."""
    back = func.sum(Refund.amount_minor)
    query = (
        select(Payment.id)
        .join(Refund, and_(Refund.business_id == Payment.business_id, Refund.through_id == Payment.id))
        .where(Payment.business_id == business_id, _STANDS)
        .group_by(Payment.id, Payment.amount_minor)
        .having(back > Payment.amount_minor)
    )
    for row in stream(query):
        yield f"Payment {row.id}: more goes back over it than came."


def reversed_payments_are_empty(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Nothing of a reversed payment can still be used."""
    query = select(Payment.id).where(Payment.business_id == business_id, Payment.reversed_at.is_not(None))
    for row in stream(query.where(Payment.unallocated_minor != 0)):
        yield f"Payment {row.id} was reversed and still has credit."


def allocations_fit(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A payment or a credit note settles only invoices of its client and currency, and never less than nothing."""
    for word, model, column in (
        ("Payment", Payment, Allocation.payment_id),
        ("Credit note", CreditNote, Allocation.credit_note_id),
    ):
        pair = (column.label("source"), Allocation.invoice_id)
        mine = (Allocation.business_id == business_id, column.is_not(None))
        strange = (
            select(*pair)
            .join(model, and_(model.business_id == Allocation.business_id, model.id == column))
            .join(Invoice, and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id))
            .where(*mine, or_(model.currency != Invoice.currency, model.client_id != Invoice.client_id))
        )
        # Only where something was taken back can there be less than nothing.
        back = select(*pair).where(*mine, Allocation.amount_minor < 0).distinct().subquery()
        same = and_(column == back.c.source, Allocation.invoice_id == back.c.invoice_id)
        less = select(*pair).join(back, same).where(*mine).group_by(*pair).having(func.sum(Allocation.amount_minor) < 0)
        for row in stream(union(strange, less)):
            yield f"{word} {row.source} does not fit invoice {row.invoice_id}, which it settles."


def credit_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a client's payments and credit notes is their credit in the journal."""
    left = [
        select(model.client_id, model.currency, model.unallocated_minor).where(model.business_id == business_id)
        for model in (Payment, CreditNote)
    ]
    books = select(JournalLine.client_id, JournalLine.currency, JournalLine.amount_minor)
    books = books.where(JournalLine.business_id == business_id, JournalLine.account == CLIENT_CREDIT)
    for row in stream(uneven(*left, books)):
        by = spelled(row.difference, row.currency)
        yield f"Client {row.client_id}: credit that is left and in the journal differ by {by}."


def cash_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every payment lies in the journal's cash once, and a reversed one not at all; every refund left it once."""
    kept = case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor)
    gone = case((_STANDS, -Refund.amount_minor), else_=0)
    money = (
        select(Payment.id, Payment.currency, kept.label("amount")).where(Payment.business_id == business_id),
        select(Refund.id, Refund.currency, gone).where(Refund.business_id == business_id),
    )
    books = (
        select(JournalEntry.source_id, JournalLine.currency, -JournalLine.amount_minor)
        .join(
            JournalEntry,
            and_(JournalEntry.business_id == JournalLine.business_id, JournalEntry.id == JournalLine.entry_id),
        )
        .where(JournalLine.business_id == business_id, JournalLine.account.startswith("cash:", autoescape=True))
        .where(JournalEntry.source_kind.in_(("payment", "refund")))
    )
    for row in stream(uneven(*money, books)):
        by = spelled(row.difference, row.currency)
        yield f"Payment or refund {row.id} and the cash in the journal differ by {by}."


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


def lost_disputes_are_booked_once(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a bank took back belongs to one dispute, over the same payment."""
    mine = and_(
        Dispute.business_id == Refund.business_id,
        Dispute.refund_id == Refund.id,
        Dispute.payment_id == Refund.payment_id,
    )
    query = select(Refund.id, func.count(Dispute.id)).outerjoin(Dispute, mine)
    query = query.where(Refund.business_id == business_id, Refund.kind == "dispute").group_by(Refund.id)
    for row in stream(query.having(func.count(Dispute.id) != 1)):
        yield f"Refund {row.id} was taken back by a bank and does not belong to one dispute."


def cards_are_charged_one_at_a_time(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No invoice has two charges of saved cards under way."""
    going = (Attempt.card_id.is_not(None), Attempt.state.in_(("new", "started", "paused")))
    query = select(Attempt.invoice_id).where(Attempt.business_id == business_id, *going)
    for row in stream(query.group_by(Attempt.invoice_id).having(func.count() > 1)):
        yield f"Invoice {row.invoice_id} has more than one charge of a saved card under way."


CHECKS = (
    invoices_match_allocations,
    sources_match_uses,
    refunds_match_sources,
    nothing_goes_back_twice,
    reversed_payments_are_empty,
    allocations_fit,
    credit_matches_journal,
    cash_matches_journal,
    paid_attempts_have_payments,
    lost_disputes_are_booked_once,
    cards_are_charged_one_at_a_time,
)
