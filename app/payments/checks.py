"""What must hold between payments, what they settle and the journal, as `flask audit` asks.

That nothing settles more than there is follows: the database keeps what is left of a payment and of an invoice between
zero and the whole, and here both are held against the allocations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select, and_, case, func, literal, or_, select, union

from app.invoices.models import CreditNote, Invoice
from app.ledger.checks import spelled, stream, uneven
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import CLIENT_CREDIT
from app.payments.models import Allocation, Attempt, Dispute, Payment, Refund
from app.statements import BUSINESS, built


class _Source(NamedTuple):
    """What settles invoices: its rows, what each came to, and the columns that name it in allocations and refunds."""

    model: Any
    amount: Any
    settling: Any
    refunding: Any


_SOURCES = {
    "Payment": _Source(
        Payment,
        case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor),
        Allocation.payment_id,
        Refund.payment_id,
    ),
    "Credit note": _Source(
        CreditNote,
        case((CreditNote.status == "void", 0), else_=CreditNote.total_minor),
        Allocation.credit_note_id,
        Refund.credit_note_id,
    ),
}
_ALLOCATED = Allocation.business_id == BUSINESS
_STANDS = Refund.state.not_in(("failed", "reversed"))


def invoices_match_allocations(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Balance, what is written off and what payments settled make the total; drafts and void invoices have none."""
    for row in stream(_invoices_less_allocations(), business_id):
        by = spelled(row.difference, row.currency)
        yield f"Invoice {row.number or row.id}: its balance and its payments differ by {by}."


@cache
def _invoices_less_allocations() -> Select[Any]:
    rest = Invoice.total_minor - Invoice.balance_minor - Invoice.written_off_minor
    settled = case((Invoice.status.in_(("draft", "void")), 0), else_=rest)
    paid = select(Invoice.id, settled.label("amount")).where(Invoice.business_id == BUSINESS)
    parts = select(Allocation.invoice_id, -Allocation.amount_minor).where(_ALLOCATED)
    found = uneven(paid, parts).order_by(None).subquery()
    query = select(Invoice.number, Invoice.id, Invoice.currency, found.c.difference)
    mine = and_(Invoice.business_id == BUSINESS, Invoice.id == found.c.id)
    return built(query.join(found, mine).order_by(Invoice.number))


def sources_match_uses(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a payment or a credit note is its amount less what it settles and what was given back; nothing is
    left of one that was undone."""
    for word in _SOURCES:
        for row in stream(_less_uses(word), business_id):
            apart = int(row.difference)
            yield f"{word} {row.id}: what is left of it and what it was used for are {apart} minor units apart."


@cache
def _less_uses(word: str) -> Select[Any]:
    model, amount, settling, refunding = _SOURCES[word]
    used = select(model.id, (amount - model.unallocated_minor).label("amount")).where(model.business_id == BUSINESS)
    parts = select(settling, -Allocation.amount_minor).where(_ALLOCATED, settling.is_not(None))
    return built(uneven(used, parts, _given_back(refunding)))


def _given_back(source: Any) -> Select[Any]:
    given = select(source, -Refund.amount_minor).where(Refund.business_id == BUSINESS, _STANDS)
    return given.where(source.is_not(None))


def refunds_match_sources(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a payment or a credit note says was given back is what its refunds come to."""
    for word in _SOURCES:
        for row in stream(_less_refunds(word), business_id):
            yield f"{word} {row.id}: what was given back and its refunds are {int(row.difference)} minor units apart."


@cache
def _less_refunds(word: str) -> Select[Any]:
    model, _, _, refunding = _SOURCES[word]
    said = select(model.id, model.refunded_minor.label("amount"))
    said = said.where(model.business_id == BUSINESS, model.refunded_minor != 0)
    return built(uneven(said, _given_back(refunding)))


_MORE_GOES_BACK = built(
    select(Payment.id)
    .join(Refund, and_(Refund.business_id == Payment.business_id, Refund.through_id == Payment.id))
    .where(Payment.business_id == BUSINESS, _STANDS)
    .group_by(Payment.id, Payment.amount_minor)
    .having(func.sum(Refund.amount_minor) > Payment.amount_minor)
)


def nothing_goes_back_twice(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A gateway gives back no more over a payment than came through it."""
    for row in stream(_MORE_GOES_BACK, business_id):
        yield f"Payment {row.id}: more goes back over it than came."


_REVERSED_WITH_CREDIT = built(
    select(Payment.id).where(
        Payment.business_id == BUSINESS, Payment.reversed_at.is_not(None), Payment.unallocated_minor != 0
    )
)


def reversed_payments_are_empty(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Nothing of a reversed payment can still be used."""
    for row in stream(_REVERSED_WITH_CREDIT, business_id):
        yield f"Payment {row.id} was reversed and still has credit."


def allocations_fit(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A payment or a credit note settles only invoices of its client and currency, and never less than nothing."""
    for word in _SOURCES:
        for row in stream(_misfits(word), business_id):
            yield f"{word} {row.source} does not fit invoice {row.invoice_id}, which it settles."


@cache
def _misfits(word: str) -> CompoundSelect[Any]:
    model, _, column, _ = _SOURCES[word]
    pair = (column.label("source"), Allocation.invoice_id)
    mine = (_ALLOCATED, column.is_not(None))
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
    return built(union(strange, less))


_LEFT = [
    select(model.client_id, model.currency, model.unallocated_minor).where(model.business_id == BUSINESS)
    for model in (Payment, CreditNote)
]
_CREDIT = select(JournalLine.client_id, JournalLine.currency, JournalLine.amount_minor).where(
    JournalLine.business_id == BUSINESS, JournalLine.account == CLIENT_CREDIT
)
_LEFT_AND_CREDIT = built(uneven(*_LEFT, _CREDIT))


def credit_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a client's payments and credit notes is their credit in the journal."""
    for row in stream(_LEFT_AND_CREDIT, business_id):
        by = spelled(row.difference, row.currency)
        yield f"Client {row.client_id}: credit that is left and in the journal differ by {by}."


def cash_matches_journal(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Every payment lies in the journal's cash once, and a reversed one not at all; every refund left it once."""
    for row in stream(_money_less_cash(), business_id):
        by = spelled(row.difference, row.currency)
        yield f"Payment or refund {row.id} and the cash in the journal differ by {by}."


@cache
def _money_less_cash() -> Select[Any]:
    kept = case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor)
    gone = case((_STANDS, -Refund.amount_minor), else_=0)
    money = (
        select(Payment.id, Payment.currency, kept.label("amount")).where(Payment.business_id == BUSINESS),
        select(Refund.id, Refund.currency, gone).where(Refund.business_id == BUSINESS),
    )
    books = (
        select(JournalEntry.source_id, JournalLine.currency, -JournalLine.amount_minor)
        .join(
            JournalEntry,
            and_(JournalEntry.business_id == JournalLine.business_id, JournalEntry.id == JournalLine.entry_id),
        )
        .where(JournalLine.business_id == BUSINESS, JournalLine.account.startswith("cash:", autoescape=True))
        .where(JournalEntry.source_kind.in_(("payment", "refund")))
    )
    # Not `built`: the account's name has a colon, which must not stand in a statement's text.
    return uneven(*money, books)


_UNBOOKED = built(
    select(Attempt.reference).where(
        Attempt.business_id == BUSINESS,
        Attempt.state == "paid",
        ~select(literal(1))
        .where(
            Payment.business_id == Attempt.business_id,
            Payment.gateway == Attempt.gateway,
            Payment.gateway_reference == Attempt.reference,
        )
        .exists(),
    )
)


def paid_attempts_have_payments(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a gateway was believed about is booked."""
    for row in stream(_UNBOOKED, business_id):
        yield f"The paid attempt {row.reference} has no payment."


_NOT_OF_ONE_DISPUTE = built(
    select(Refund.id, func.count(Dispute.id))
    .outerjoin(
        Dispute,
        and_(
            Dispute.business_id == Refund.business_id,
            Dispute.refund_id == Refund.id,
            Dispute.payment_id == Refund.payment_id,
        ),
    )
    .where(Refund.business_id == BUSINESS, Refund.kind == "dispute")
    .group_by(Refund.id)
    .having(func.count(Dispute.id) != 1)
)


def lost_disputes_are_booked_once(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What a bank took back belongs to one dispute, over the same payment."""
    for row in stream(_NOT_OF_ONE_DISPUTE, business_id):
        yield f"Refund {row.id} was taken back by a bank and does not belong to one dispute."


_CHARGED_TWICE = built(
    select(Attempt.invoice_id)
    .where(
        Attempt.business_id == BUSINESS,
        Attempt.card_id.is_not(None),
        Attempt.state.in_(("new", "started", "paused")),
    )
    .group_by(Attempt.invoice_id)
    .having(func.count() > 1)
)


def cards_are_charged_one_at_a_time(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No invoice has two charges of saved cards under way."""
    for row in stream(_CHARGED_TWICE, business_id):
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
