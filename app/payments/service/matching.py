"""Money that was held, given to whom it belongs: the payment company is asked once more, and what it says is booked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clients.models import Client
from app.database import locked, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules import WrongState, refuse_written_off
from app.money import CURRENCIES, Money
from app.payments.errors import AlreadyBooked, NoGateway
from app.payments.gateways.base import Verification
from app.payments.models import Attempt, HeldMoney, Payment
from app.payments.registry import open_gateway, title_of
from app.payments.rules import paid_with
from app.payments.service import books
from app.payments.service.recording import tell


@dataclass(frozen=True, slots=True)
class Target:
    """Whom held money belongs to: an invoice, or a client whose credit it becomes."""

    kind: Literal["invoice", "client"]
    id: uuid.UUID


def matchable(held: HeldMoney) -> bool:
    """Whether held news is of money that came; no reference of a payment has a space in it."""
    return " " not in held.reference


def match_held(actor: Actor, held_id: uuid.UUID, target: Target, *, now: datetime) -> Payment:
    """Book held money as a payment of an invoice, the excess as credit, or of a client. No transaction is open while
    the company is asked. The same match twice books once.

    Raises NotFound, NoGateway, GatewayError, AlreadyBooked, WrongState, and Invalid with a sentence for `target`.
    """
    actor.require("staff")
    held = db.session.get(HeldMoney, (actor.business_id, held_id))
    if held is None or not matchable(held):
        raise NotFound
    if held.resolved_at is not None:
        return _booked_before(held, target)
    gateway = open_gateway(actor.business_id, held.gateway)
    if gateway is None:
        raise NoGateway("The company this money came through is no longer set up, so it cannot be asked.")
    reference = held.reference
    db.session.remove()
    answer = gateway.verify(reference)
    return _book(actor, held_id, target, answer, gateway.mode, now)


@transactional
def _book(actor: Actor, held_id: uuid.UUID, target: Target, answer: Verification, mode: str, now: datetime) -> Payment:
    invoice, client_id = _whose(actor.business_id, target)
    held = locked(HeldMoney, actor.business_id, held_id)
    if held is None:
        raise NotFound
    if held.resolved_at is not None:
        return _booked_before(held, target)
    if _payment_of(held) is not None:
        raise AlreadyBooked
    money = _money(held, answer, mode)
    if invoice is not None and invoice.currency != money.currency:
        _refuse(
            f"This money is in {money.currency} and {invoice.number} in {invoice.currency}. Choose an invoice in "
            f"{money.currency}, or keep it as a client's credit."
        )
    on = clock.day_in(min(answer.paid_at or now, now), get_business(actor.business_id).timezone)
    payment = books.take_in(
        actor.business_id,
        client_id,
        money,
        "gateway",
        on,
        now,
        gateway=held.gateway,
        gateway_reference=held.reference[:120],
        reference=(answer.provider_id or held.reference)[:120],
        note=paid_with(answer.channel, answer.authorization.last4 if answer.authorization else None)[:300],
        flags=("matched",),
        created_by=actor.person_id,
    )
    books.charge_fee(payment, answer.fees_minor, on, now)
    taken = [(invoice, *books.allocate(payment, invoice.id, money.minor, on, now))] if invoice is not None else []
    tell(actor, payment, taken, now)
    _resolve(actor, held, payment, invoice, now)
    return payment


def _whose(business_id: uuid.UUID, target: Target) -> tuple[Invoice | None, uuid.UUID]:
    """The invoice, held, if it is one, and the client."""
    if target.kind == "client":
        client = db.session.get(Client, (business_id, target.id))
        if client is None:
            raise NotFound
        return None, client.id
    invoice = locked(Invoice, business_id, target.id)
    if invoice is None:
        raise NotFound
    refuse_written_off(invoice.status, invoice.number, "match the money")
    if invoice.status != "open" or invoice.client_id is None:
        raise WrongState("Money can be matched to issued invoices only.", current=invoice.status)
    return invoice, invoice.client_id


def _money(held: HeldMoney, answer: Verification, mode: str) -> Money:
    """What the company says has come, now. Raises Invalid."""
    company = title_of(held.gateway)
    if answer.state == "unknown":
        _refuse(f"{company} does not know this payment under these keys.")
    if answer.state != "succeeded" or not answer.amount_minor or not answer.currency:
        _refuse(f"{company} does not say that this payment succeeded. Nothing was booked.")
    if answer.reference not in (None, held.reference):
        _refuse(f"{company} answered about another payment. Nothing was booked.")
    if answer.mode != mode:
        _refuse("This payment was made in another mode than your keys are for, so no money came with it.")
    if answer.currency not in CURRENCIES:
        _refuse(f"{answer.currency} is not a currency that can be booked.")
    assert answer.amount_minor is not None
    assert answer.currency is not None
    return Money(answer.amount_minor, answer.currency)


def _payment_of(held: HeldMoney) -> Payment | None:
    query = select(Payment).where(Payment.business_id == held.business_id, Payment.gateway == held.gateway)
    return db.session.scalar(query.where(Payment.gateway_reference == held.reference))


def _booked_before(held: HeldMoney, target: Target) -> Payment:
    """What the same match booked before. Raises AlreadyBooked when it was settled in another way."""
    payment = _payment_of(held)
    if payment is None:
        raise AlreadyBooked
    same = target.id == payment.client_id if target.kind == "client" else target.id in books.allocated(payment)
    if not same:
        raise AlreadyBooked
    return payment


def _resolve(actor: Actor, held: HeldMoney, payment: Payment, invoice: Invoice | None, now: datetime) -> None:
    attempt = locked(Attempt, held.business_id, held.attempt_id) if held.attempt_id else None
    if attempt is not None:
        attempt.state, attempt.settled_at = "paid", now
    held.resolved_at = now
    held.resolution = f"Matched to {invoice.number}" if invoice is not None else "Kept as credit"
    facts = {"payment_id": str(payment.id), "amount_minor": payment.amount_minor, "currency": payment.currency}
    facts["number"] = invoice.number if invoice is not None else ""
    audit.record(actor, "held_money_matched", "held_money", held.id, now, client_id=payment.client_id, facts=facts)


def _refuse(sentence: str) -> None:
    raise Invalid("target", sentence)
