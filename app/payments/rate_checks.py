"""What payments and credit are worth in the base currency, and the journal with them, as `flask audit` asks.

Rows with a rate stream by and are reckoned here: a rate times an amount is more than the databases count exactly.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, null, or_, select, union_all

from app.invoices.models import CreditNote, Invoice
from app.ledger.checks import spelled, stream
from app.ledger.exchange import Rate
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import CLIENT_CREDIT, EXCHANGE_DIFFERENCE
from app.payments.models import Allocation, Payment, Refund
from app.statements import BUSINESS, built

_LEFT = [
    built(
        select(model.client_id, model.currency, model.base_currency, model.rate_to_base, model.unallocated_minor).where(
            model.business_id == BUSINESS, model.rate_to_base.is_not(None), model.unallocated_minor > 0
        )
    )
    for model in (Payment, CreditNote)
]
_KEYS = (JournalLine.client_id, JournalLine.currency, JournalLine.base_currency)
_BOOKED = built(
    select(*_KEYS, func.sum(JournalLine.base_minor).label("worth"))
    .where(
        JournalLine.business_id == BUSINESS,
        JournalLine.account == CLIENT_CREDIT,
        JournalLine.base_minor.is_not(None),
    )
    .group_by(*_KEYS)
)


def credit_is_worth_what_is_left(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """What is left of a client's payments and credit notes, converted at the rate of each, is in the journal."""
    left: dict[tuple[Any, str, str], int] = defaultdict(int)
    for statement in _LEFT:
        for row in stream(statement, business_id):
            rate = Rate(row.currency, row.base_currency, row.rate_to_base)
            left[row.client_id, row.currency, row.base_currency] += rate.worth(row.unallocated_minor)
    for row in stream(_BOOKED, business_id):
        left[row.client_id, row.currency, row.base_currency] += int(row.worth)
    for (client, currency, base), apart in left.items():
        if apart:
            by = spelled(apart, base)
            yield f"Client {client}: what is left of their credit in {currency} and the journal are {by} apart."


def cash_is_worth_what_came(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """A payment with a rate lies in the journal's cash at that rate, less what was given back of it at the same."""
    for word in _CAME:
        for row in stream(_came_and_lies(word), business_id):
            rate = Rate(row.currency, row.base_currency, row.rate_to_base)
            if apart := int(row.lies) - rate.worth(int(row.came)) + rate.worth(row.refunded_minor):
                by = spelled(apart, rate.base)
                yield f"{word} {row.id}: its cash in the base currency is off by {by}."
    yield from _said_worth(business_id)


# What gives money back, its column in refunds, what came in with it, and what it says that is worth.
_CAME: dict[str, tuple[Any, Any, Any, Any]] = {
    "Payment": (
        Payment,
        Refund.payment_id,
        case((Payment.reversed_at.is_not(None), 0), else_=Payment.amount_minor),
        Payment.base_minor,
    ),
    "Credit note": (CreditNote, Refund.credit_note_id, literal(0), null()),
}


@cache
def _came_and_lies(word: str) -> Select[Any]:
    model, refunding, came, said = _CAME[word]
    booked = _cash_of(refunding)
    facts = (model.id, model.currency, model.base_currency, model.rate_to_base, model.refunded_minor)
    query = select(*facts, came.label("came"), said.label("said"), func.coalesce(booked.c.worth, 0).label("lies"))
    rated = (model.business_id == BUSINESS, model.rate_to_base.is_not(None))
    # Not `built`: the account's name has a colon, which must not stand in a statement's text.
    return query.outerjoin(booked, booked.c.source == model.id).where(*rated)


def _cash_of(came_from: Any) -> Any:
    """What lies in cash of each payment or credit note, in the base currency: its own entries and its refunds'."""
    same_entry = and_(JournalEntry.business_id == JournalLine.business_id, JournalEntry.id == JournalLine.entry_id)
    cash = (
        JournalLine.business_id == BUSINESS,
        JournalLine.account.startswith("cash:", autoescape=True),
        JournalLine.base_minor.is_not(None),
    )
    of_refund = and_(Refund.business_id == JournalEntry.business_id, Refund.id == JournalEntry.source_id)
    lines: Select[Any] = select(JournalLine.base_minor.label("worth")).join(JournalEntry, same_entry).where(*cash)
    own = lines.add_columns(JournalEntry.source_id.label("source")).where(JournalEntry.source_kind == "payment")
    back = lines.add_columns(came_from.label("source")).join(Refund, of_refund)
    back = back.where(JournalEntry.source_kind == "refund", came_from.is_not(None))
    both = union_all(own, back).subquery()
    return select(both.c.source, func.sum(both.c.worth).label("worth")).group_by(both.c.source).subquery()


_SAID = built(
    select(
        *(Payment.id, Payment.amount_minor, Payment.base_minor, Payment.currency),
        *(Payment.base_currency, Payment.rate_to_base, Payment.rate_source, Payment.rate_on),
    ).where(Payment.business_id == BUSINESS, or_(Payment.rate_to_base.is_not(None), Payment.base_minor.is_not(None)))
)


def _said_worth(business_id: uuid.UUID) -> Iterator[str]:
    """What a payment says it is worth; half a rate is none."""
    for row in stream(_SAID, business_id):
        whole = None not in row and row.base_currency != row.currency
        if not whole or row.base_minor != Rate(row.currency, row.base_currency, row.rate_to_base).worth(
            row.amount_minor
        ):
            yield f"Payment {row.id} is not worth what its rate says."


def differences_follow_from_the_rates(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """The exchange difference of an invoice is what settles it, at the difference of the two rates."""
    rows = stream(_settled_and_booked(), business_id)
    for _, settled in groupby(rows, key=lambda row: row.invoice_id):
        apart = 0
        for row in settled:
            gain = Rate(row.currency, row.base_currency, row.given - row.owed)
            apart, booked_minor = apart - gain.worth(int(row.taken)), int(row.booked)
        if apart != booked_minor:
            by = spelled(booked_minor - apart, row.base_currency)
            yield f"Invoice {row.number}: its exchange difference is off by {by}."


@cache
def _settled_and_booked() -> Select[Any]:
    sides = (_pairs(Payment, Allocation.payment_id), _pairs(CreditNote, Allocation.credit_note_id))
    pairs = union_all(*sides).subquery()
    booked = (
        select(JournalLine.invoice_id, JournalLine.base_currency, func.sum(JournalLine.base_minor).label("booked"))
        .where(JournalLine.business_id == BUSINESS, JournalLine.account == EXCHANGE_DIFFERENCE)
        .group_by(JournalLine.invoice_id, JournalLine.base_currency)
        .subquery()
    )
    same = and_(booked.c.invoice_id == pairs.c.invoice_id, booked.c.base_currency == pairs.c.base_currency)
    query = select(pairs, func.coalesce(booked.c.booked, 0).label("booked")).outerjoin(booked, same)
    return built(query.order_by(pairs.c.invoice_id))


def _pairs(model: Any, column: Any) -> Select[Any]:
    """What each payment or credit note settles of each invoice, where both have a rate to one currency."""
    keys = (Allocation.invoice_id, Invoice.number, Invoice.currency, Invoice.base_currency)
    rates = (model.rate_to_base.label("given"), Invoice.rate_to_base.label("owed"))
    return (
        select(*keys, *rates, func.sum(Allocation.amount_minor).label("taken"))
        .join(model, and_(model.business_id == Allocation.business_id, model.id == column))
        .join(Invoice, and_(Invoice.business_id == Allocation.business_id, Invoice.id == Allocation.invoice_id))
        .where(Allocation.business_id == BUSINESS, model.base_currency == Invoice.base_currency)
        .group_by(*keys, model.rate_to_base, Invoice.rate_to_base, column)
    )


CHECKS = (credit_is_worth_what_is_left, cash_is_worth_what_came, differences_follow_from_the_rates)
