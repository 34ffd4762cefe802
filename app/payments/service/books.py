"""The one way money and credit move in the books: a row, what it settles and the postings together.

A client's credit comes from a payment or from a credit note, and settles invoices the same way.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import func, select

from app.auth.queries import get_business
from app.database import locked, new_id
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import CreditNote, Invoice
from app.ledger import service as ledger
from app.ledger.exchange import Change, Quote, Rate, in_base, settlement
from app.ledger.queries import find_quote
from app.ledger.rules import CLIENT_CREDIT, FEES, RECEIVABLE, Line, cash
from app.money import MAX_MINOR, Money
from app.payments.models import Allocation, Payment

Source = Payment | CreditNote
S = TypeVar("S", Payment, CreditNote)


def take_in(
    business_id: uuid.UUID,
    client_id: uuid.UUID,
    money: Money,
    method: str,
    received_on: date,
    now: datetime,
    *,
    payment_id: uuid.UUID | None = None,
    reference: str = "",
    note: str = "",
    gateway: str | None = None,
    gateway_reference: str | None = None,
    flags: Sequence[str] = (),
    created_by: uuid.UUID | None = None,
    rate: Decimal | None = None,
    settles: Sequence[Invoice] = (),
) -> Payment:
    """Book money that came, as the client's credit until it is allocated.

    Money in another currency than the business's carries the `rate` that was typed, else that of the table for the day,
    else that of the first invoice it `settles` which has one. Raises Invalid naming `rate`.
    """
    quote = _quote(business_id, money, received_on, rate, settles)
    payment = Payment(
        business_id=business_id,
        id=payment_id or new_id(),
        client_id=client_id,
        currency=money.currency,
        amount_minor=money.minor,
        unallocated_minor=money.minor,
        method=method,
        received_on=received_on,
        reference=reference,
        note=note,
        gateway=gateway,
        gateway_reference=gateway_reference,
        flags=list(flags),
        created_by=created_by,
        created_at=now,
    )
    payment.fix(quote)
    payment.base_minor = quote.rate.worth(money.minor) if quote else None
    db.session.add(payment)
    db.session.flush()
    lines = in_base([Line(cash(method), money, client_id), Line(CLIENT_CREDIT, -money, client_id)], payment.rate)
    ledger.post(business_id, "payment", "payment", payment.id, received_on, now, lines, memo=reference)
    return payment


def _quote(
    business_id: uuid.UUID, money: Money, on: date, typed: Decimal | None, settles: Sequence[Invoice]
) -> Quote | None:
    base = get_business(business_id).currency
    if money.currency == base:
        return None
    if typed is not None:
        quote: Quote | None = Quote(Rate(money.currency, base, typed), "typed", on)
    else:
        quote = find_quote(business_id, money.currency, base, on) or _of_an_invoice(settles, base)
    if quote and quote.rate.worth(money.minor) > MAX_MINOR:
        raise Invalid("rate", f"At this rate the money comes to more {base} than can be counted.")
    return quote


def _of_an_invoice(settles: Sequence[Invoice], base: str) -> Quote | None:
    known = ((one, one.rate) for one in settles)
    return next((Quote(rate, "invoice", one.issue_date) for one, rate in known if rate and rate.base == base), None)


def charge_fee(payment: Payment, fee_minor: int | None, on_date: date, now: datetime) -> None:
    """Book what the payment company kept of a payment: less lies with it than the customer paid."""
    if not fee_minor or not 0 < fee_minor <= payment.amount_minor:
        return
    fee = Money(fee_minor, payment.currency)
    lines = in_base([Line(FEES, fee, payment.client_id), Line(cash(payment.method), -fee)], payment.rate)
    ledger.post(payment.business_id, "fee", "fee", payment.id, on_date, now, lines)


def allocate(
    source: Source, invoice_id: uuid.UUID, amount_minor: int, on_date: date, now: datetime
) -> tuple[int, bool]:
    """Settle an invoice from what is left of a source. Returns (minor units taken, whether it is now paid)."""
    wanted = min(amount_minor, source.unallocated_minor)
    applied = invoices.apply_payment(source.business_id, invoice_id, wanted, now=now)
    if applied.applied_minor:
        source.unallocated_minor -= applied.applied_minor
        _allocation(source, applied.invoice, applied.applied_minor, on_date, now)
    return applied.applied_minor, applied.now_paid


def release(source: Source, invoice_id: uuid.UUID, amount_minor: int, on_date: date, now: datetime) -> None:
    """Let an invoice owe again what a source had settled: it is credit again. Raises WrongState if written off."""
    invoice = invoices.release_payment(source.business_id, invoice_id, amount_minor, now=now)
    source.unallocated_minor += amount_minor
    _allocation(source, invoice, -amount_minor, on_date, now)


def give_back(payment: Payment, on_date: date, now: datetime) -> dict[uuid.UUID, int]:
    """Undo a payment: every allocation by an opposite row, then the money itself. Returns {invoice: minor units}."""
    released = allocated(payment)
    for invoice_id, amount in sorted(released.items()):
        release(payment, invoice_id, amount, on_date, now)
    money = Money(payment.amount_minor, payment.currency)
    lines = [Line(cash(payment.method), -money, payment.client_id), Line(CLIENT_CREDIT, money, payment.client_id)]
    posted = in_base(lines, payment.rate)
    ledger.post(payment.business_id, "reversal", "payment", payment.id, on_date, now, posted)
    payment.unallocated_minor = 0
    return released


def allocated(source: Source) -> dict[uuid.UUID, int]:
    """What a source settles now: {invoice: minor units}."""
    query = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
        .where(Allocation.business_id == source.business_id, _column(source) == source.id)
        .group_by(Allocation.invoice_id)
    )
    return {invoice_id: int(amount) for invoice_id, amount in db.session.execute(query) if amount}


def held_with_invoices(model: type[S], business_id: uuid.UUID, source_id: uuid.UUID) -> S:
    """A payment or credit note with the invoices it settles, locked in the house's order: invoices first.

    What it settles may change until it is held itself. Then everything is let go of and taken anew, so that nobody who
    waits for one of these rows is waited for. Raises NotFound.
    """
    while True:
        source = db.session.get(model, (business_id, source_id))
        if source is None:
            raise NotFound
        known = allocated(source).keys()
        with db.session.begin_nested() as hold:
            for invoice_id in sorted(known):
                locked(Invoice, business_id, invoice_id)
            held = locked(model, business_id, source_id)
            if held is None:
                raise NotFound
            if allocated(held).keys() <= known:
                return held
            hold.rollback()


def _column(source: Source) -> Any:
    return Allocation.payment_id if isinstance(source, Payment) else Allocation.credit_note_id


def _allocation(source: Source, invoice: Invoice, amount_minor: int, on_date: date, now: datetime) -> None:
    """Keep and post that a source settles so much more of an invoice, or less; both say so already.

    Raises ValueError for money of another client or in another currency: then nothing of it may be stored.
    """
    if (source.client_id, source.currency) != (invoice.client_id, invoice.currency):
        raise ValueError(f"{source.id} cannot settle {invoice.id}: another client or another currency")
    source.updated_at = now
    taken = _taken(source, invoice, amount_minor) if source.rate and invoice.rate else (0, 0)
    row = Allocation(
        business_id=source.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        amount_minor=amount_minor,
        created_at=now,
        **{_column(source).key: source.id},
    )
    db.session.add(row)
    db.session.flush()
    money = Money(amount_minor, source.currency)
    lines = settlement(
        Line(CLIENT_CREDIT, money, source.client_id),
        Line(RECEIVABLE, -money, source.client_id, invoice.id),
        source.rate,
        invoice.rate,
        left=(source.unallocated_minor + amount_minor, source.unallocated_minor),
        balance=(invoice.balance_minor + amount_minor, invoice.balance_minor),
        taken=taken,
    )
    ledger.post(source.business_id, "allocation", "allocation", row.id, on_date, now, lines)


def _taken(source: Source, invoice: Invoice, amount_minor: int) -> Change:
    """What a source settles of an invoice before and after so much more."""
    mine = (Allocation.business_id == source.business_id, Allocation.invoice_id == invoice.id)
    query = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(*mine, _column(source) == source.id)
    before = int(db.session.scalar(query) or 0)
    return before, before + amount_minor
