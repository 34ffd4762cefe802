"""Payments that staff write down, and undoing a wrong one."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import business_today
from app.invoices.rules import WrongState, refuse_written_off
from app.ledger.rules import METHODS
from app.money import Money
from app.payments.errors import AlreadyReversed, BadAmount, FormUsed, GatewayHoldsIt
from app.payments.models import Payment
from app.payments.registry import title_of
from app.payments.service import books


@transactional
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
) -> Payment:
    """Book money for an invoice; what it does not need becomes the client's credit.

    `payment_id` is the form's own id: sending the same form twice books once. Raises NotFound, WrongState, BadAmount,
    and FormUsed when that form says something else by now, or when what it booked was undone.
    """
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None:
        raise NotFound
    if payment_id is not None:
        known = db.session.get(Payment, (actor.business_id, payment_id))
        if known is not None:
            _require_same(known, invoice, (amount.minor, amount.currency, method, received_on, reference, note))
            return known
    refuse_written_off(invoice.status, invoice.number, "record the money")
    if invoice.status != "open":
        raise WrongState("Money can be recorded for issued invoices only.", current=invoice.status)
    _check(actor, invoice, amount, method, received_on, now)
    payment = books.take_in(
        actor.business_id,
        invoice.client_id,  # type: ignore[arg-type]
        amount,
        method,
        received_on,
        now,
        payment_id=payment_id,
        reference=reference,
        note=note,
        created_by=actor.person_id,
    )
    taken, now_paid = books.allocate(payment, invoice_id, amount.minor, received_on, now)
    tell(actor, invoice, payment, taken, now_paid, now)
    return payment


@transactional
def reverse_payment(actor: Actor, payment_id: uuid.UUID, reason: str, *, now: datetime) -> Payment:
    """Undo a wrong entry by an opposite one.

    Raises NotFound, AlreadyReversed, GatewayHoldsIt, and WrongState while an invoice it settles is written off.
    """
    actor.require("staff")
    if db.session.get(Payment, (actor.business_id, payment_id)) is None:
        raise NotFound
    payment = _held_with_invoices(actor.business_id, payment_id)
    if payment.reversed_at is not None:
        raise AlreadyReversed
    if payment.gateway is not None:
        raise GatewayHoldsIt
    today = business_today(get_business(actor.business_id), now)
    released = books.give_back(payment, today, now)
    payment.reversed_at, payment.reversal_reason = now, reason
    facts = {"amount_minor": payment.amount_minor, "currency": payment.currency, "reason": reason}
    audit.record(actor, "payment_reversed", "payment", payment.id, now, client_id=payment.client_id, facts=facts)
    for invoice_id, amount in released.items():
        shown = {**facts, "amount_minor": amount, "payment_id": str(payment.id)}
        audit.record(actor, "payment_reversed", "invoice", invoice_id, now, client_id=payment.client_id, facts=shown)
    return payment


@transactional
def apply_credit(actor: Actor, payment_id: uuid.UUID, invoice_id: uuid.UUID, *, now: datetime) -> int:
    """Settle an invoice from the unallocated part of a payment. Returns the minor units used."""
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    payment = locked(Payment, actor.business_id, payment_id)
    if invoice is None or payment is None or payment.client_id != invoice.client_id:
        raise NotFound
    if payment.currency != invoice.currency:
        raise Conflict("That credit is in another currency than the invoice.")
    refuse_written_off(invoice.status, invoice.number, "use the credit")
    if payment.reversed_at is not None or not payment.unallocated_minor:
        raise Conflict("Nothing of that payment is left to use.")
    today = business_today(get_business(actor.business_id), now)
    taken, now_paid = books.allocate(payment, invoice_id, payment.unallocated_minor, today, now)
    facts = {"amount_minor": taken, "currency": payment.currency, "paid": now_paid, "payment_id": str(payment.id)}
    audit.record(actor, "credit_applied", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    return taken


def tell(actor: Actor, invoice: Invoice, payment: Payment, taken_minor: int, now_paid: bool, now: datetime) -> None:
    """Write a payment into the trail of the payment and of its invoice."""
    facts = {
        "amount_minor": payment.amount_minor,
        "taken_minor": taken_minor,
        "currency": payment.currency,
        "method": payment.method,
        "through": title_of(payment.gateway),
        "payment_id": str(payment.id),
        "number": invoice.number,
        "paid": now_paid,
        "flags": list(payment.flags),
    }
    audit.record(actor, "payment_recorded", "payment", payment.id, now, client_id=payment.client_id, facts=facts)
    audit.record(actor, "payment_recorded", "invoice", invoice.id, now, client_id=payment.client_id, facts=facts)


def _check(actor: Actor, invoice: Invoice, amount: Money, method: str, received_on: date, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    if amount.currency != invoice.currency:
        problems["amount"] = [f"This invoice is in {invoice.currency}."]
    elif amount.minor <= 0:
        problems["amount"] = ["Enter an amount above zero."]
    if method not in METHODS or method == "gateway":
        problems["method"] = ["Choose how it was paid."]
    if received_on > business_today(get_business(actor.business_id), now):
        problems["received_on"] = ["That day has not come yet."]
    if problems:
        raise BadAmount(problems) if "amount" in problems else Invalid(problems)


def _require_same(known: Payment, invoice: Invoice, told: tuple[object, ...]) -> None:
    """A form that comes twice is booked once; one that was changed in between is not the one that was booked."""
    booked = (known.amount_minor, known.currency, known.method, known.received_on, known.reference, known.note)
    settled = books.allocated(known)
    elsewhere = known.client_id != invoice.client_id or (settled and invoice.id not in settled)
    if known.reversed_at is not None or elsewhere or booked != told:
        raise FormUsed


def _held_with_invoices(business_id: uuid.UUID, payment_id: uuid.UUID) -> Payment:
    """The payment with the invoices it settles, locked in the house's order: invoices first."""
    payment = db.session.get(Payment, (business_id, payment_id))
    for invoice_id in sorted(books.allocated(payment)):  # type: ignore[arg-type]
        locked(Invoice, business_id, invoice_id)
    held = locked(Payment, business_id, payment_id)
    if held is None:
        raise NotFound
    return held
