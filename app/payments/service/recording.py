"""Payments that staff write down, and undoing a wrong one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import in_transaction, locked, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import business_today
from app.invoices.rules import WrongState, refuse_written_off
from app.ledger.rules import METHODS
from app.money import Money
from app.payments.errors import AlreadyReversed, BadAmount, FormUsed, GatewayHoldsIt, HasRefunds, NotPayable
from app.payments.models import Payment
from app.payments.registry import title_of
from app.payments.service import books
from app.payments.service.receipting import ask_for_receipt


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody wrote down about money that came."""

    amount: Money
    method: str
    received_on: date
    reference: str = ""
    note: str = ""
    rate: Decimal | None = None
    """What one unit of its currency is worth in the base currency; the table is asked where nobody typed it."""


def record_payment(
    actor: Actor,
    invoice_id: uuid.UUID,
    amount: Money,
    method: str,
    received_on: date,
    *,
    now: datetime,
    reference: str = "",
    note: str = "",
    payment_id: uuid.UUID | None = None,
    rate: Decimal | None = None,
) -> Payment:
    """Book money for one invoice; what it does not need becomes the client's credit. Raises as `record_money` does."""
    told = Told(amount, method, received_on, reference, note, rate)
    return record_money(actor, {invoice_id: amount.minor}, told, now=now, payment_id=payment_id)


@transactional
def record_balance(
    actor: Actor,
    invoice_id: uuid.UUID,
    method: str,
    received_on: date,
    *,
    now: datetime,
    reference: str = "",
    note: str = "",
    rate: Decimal | None = None,
) -> Payment:
    """Book all that an invoice still needs, whatever that is by now. Raises as `record_money` does, and NotPayable when
    it is nothing."""
    actor.require("staff")
    invoice = _payable(actor.business_id, invoice_id)
    if invoice.status == "open" and not invoice.balance_minor:
        raise NotPayable
    told = Told(Money(invoice.balance_minor, invoice.currency), method, received_on, reference, note, rate)
    return record_money(actor, {invoice_id: invoice.balance_minor}, told, now=now)


def record_money(
    actor: Actor,
    spread: Mapping[uuid.UUID, int],
    told: Told,
    *,
    now: datetime,
    payment_id: uuid.UUID | None = None,
) -> Payment:
    """Book money for invoices of one client: `spread` is {invoice: minor units}; what is left becomes credit.

    An invoice takes no more than it still needs. `payment_id` is the form's own id: sending the same form twice books
    once. Raises NotFound, WrongState, BadAmount, Invalid, and FormUsed when that form says something else by now, or
    when what it booked was undone.
    """
    try:
        return _record(actor, spread, told, payment_id, now)
    except IntegrityError:
        if in_transaction():
            raise
        # The same form came twice at the same moment, for different invoices: this one finds what the other booked.
        return _record(actor, spread, told, payment_id, now)


@transactional
def _record(
    actor: Actor, spread: Mapping[uuid.UUID, int], told: Told, payment_id: uuid.UUID | None, now: datetime
) -> Payment:
    actor.require("staff")
    invoices = [_payable(actor.business_id, invoice_id) for invoice_id in sorted(spread)]
    if not invoices or len({invoice.client_id for invoice in invoices}) > 1:
        raise NotFound
    client_id: uuid.UUID = invoices[0].client_id  # type: ignore[assignment]
    if payment_id is not None:
        known = db.session.get(Payment, (actor.business_id, payment_id))
        if known is not None:
            _require_same(known, client_id, spread, told)
            return known
    for invoice in invoices:
        refuse_written_off(invoice.status, invoice.number, "record the money")
        if invoice.status != "open":
            raise WrongState("Money can be recorded for issued invoices only.", current=invoice.status)
    _check(actor, invoices, spread, told, now)
    payment = books.take_in(
        actor.business_id,
        client_id,
        told.amount,
        told.method,
        told.received_on,
        now,
        payment_id=payment_id,
        reference=told.reference,
        note=told.note,
        created_by=actor.person_id,
        rate=told.rate,
        settles=invoices,
    )
    taken = [(one, *books.allocate(payment, one.id, spread[one.id], told.received_on, now)) for one in invoices]
    tell(actor, payment, taken, now)
    return payment


@transactional
def reverse_payment(actor: Actor, payment_id: uuid.UUID, reason: str, *, now: datetime) -> Payment:
    """Undo a wrong entry by an opposite one.

    Raises NotFound, AlreadyReversed, GatewayHoldsIt, HasRefunds, and WrongState while an invoice it settles is written
    off.
    """
    actor.require("staff")
    payment = books.held_with_invoices(Payment, actor.business_id, payment_id)
    if payment.reversed_at is not None:
        raise AlreadyReversed
    if payment.refunded_minor:
        raise HasRefunds
    if payment.gateway is not None:
        raise GatewayHoldsIt
    today = business_today(get_business(actor.business_id), now)
    released = books.give_back(payment, today, now)
    payment.reversed_at = payment.updated_at = now
    payment.reversal_reason = reason
    facts = {"amount_minor": payment.amount_minor, "currency": payment.currency, "reason": reason}
    audit.record(actor, "payment_reversed", "payment", payment.id, now, client_id=payment.client_id, facts=facts)
    for invoice_id, amount in released.items():
        shown = {**facts, "amount_minor": amount, "payment_id": str(payment.id)}
        audit.record(actor, "payment_reversed", "invoice", invoice_id, now, client_id=payment.client_id, facts=shown)
    return payment


def tell(actor: Actor, payment: Payment, taken: Sequence[tuple[Invoice, int, bool]], now: datetime) -> None:
    """Write a payment into the trail of the payment and of its invoices, each with minor units and now paid.

    The client's receipt is asked for.
    """
    facts = {
        "amount_minor": payment.amount_minor,
        "taken_minor": sum(minor for _, minor, _ in taken),
        "currency": payment.currency,
        "method": payment.method,
        "through": title_of(payment.gateway),
        "payment_id": str(payment.id),
        "number": ", ".join(invoice.number or "" for invoice, _, _ in taken),
        "paid": any(paid for _, _, paid in taken),
        "flags": list(payment.flags),
    }
    audit.record(actor, "payment_recorded", "payment", payment.id, now, client_id=payment.client_id, facts=facts)
    if taken:
        ask_for_receipt(payment)
    for invoice, minor, paid in taken:
        of_many = {"amount_minor": minor} if len(taken) > 1 else {}
        mine = facts | of_many | {"taken_minor": minor, "number": invoice.number, "paid": paid}
        audit.record(actor, "payment_recorded", "invoice", invoice.id, now, client_id=payment.client_id, facts=mine)


def _payable(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None or invoice.client_id is None:
        raise NotFound if invoice is None else WrongState("Money can be recorded for issued invoices only.")
    return invoice


def _check(
    actor: Actor, invoices: Sequence[Invoice], spread: Mapping[uuid.UUID, int], told: Told, now: datetime
) -> None:
    problems: dict[str, list[str]] = {}
    currencies = {invoice.currency for invoice in invoices}
    if currencies != {told.amount.currency}:
        problems["amount"] = [f"This invoice is in {', '.join(sorted(currencies - {told.amount.currency}))}."]
    elif told.amount.minor <= 0:
        problems["amount"] = ["Enter an amount above zero."]
    elif sum(spread.values()) > told.amount.minor or min(spread.values()) < 0:
        problems["amount"] = ["The invoices together would get more than came."]
    if told.method not in METHODS or told.method == "gateway":
        problems["method"] = ["Choose how it was paid."]
    if told.received_on > business_today(get_business(actor.business_id), now):
        problems["received_on"] = ["That day has not come yet."]
    if problems:
        raise BadAmount(problems) if "amount" in problems else Invalid(problems)


def _require_same(known: Payment, client_id: uuid.UUID, spread: Mapping[uuid.UUID, int], told: Told) -> None:
    """A form that comes twice is booked once; one that was changed in between is not the one that was booked."""
    booked = Told(
        Money(known.amount_minor, known.currency),
        known.method,
        known.received_on,
        known.reference,
        known.note,
        known.rate_to_base if known.rate_source == "typed" else None,
    )
    elsewhere = known.client_id != client_id or books.allocated(known).keys() - spread.keys()
    if known.reversed_at is not None or elsewhere or booked != told:
        raise FormUsed
