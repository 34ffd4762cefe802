"""Disputes as the payment company tells of them. A lost one is money that went back: booked once, however often and in
whatever order it is told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app import clock, jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.rules import WrongState
from app.money import Money
from app.payments.gateways.base import Gateway
from app.payments.gateways.moneyback import Dispute as Told
from app.payments.models import Dispute, Payment
from app.payments.registry import open_gateway
from app.payments.service import books
from app.payments.service.refunding import lose, refundable, refundable_over

LOOKS = 120
"""Days for which a dispute is asked about."""
LOST = ("accepted", "accepted_by_silence")


@dataclass(frozen=True, slots=True)
class Asking:
    """What to ask whom."""

    gateway: Gateway
    provider_id: str


def prepare(business_id: uuid.UUID, dispute_id: uuid.UUID) -> Asking | None:
    """What to ask about a dispute; None when nothing of it is open. Raises NotFound without a gateway."""
    row = db.session.get(Dispute, (business_id, dispute_id))
    if row is None or not _goes_on(row):
        return None
    gateway = open_gateway(business_id, row.gateway)
    if gateway is None:
        raise NotFound("The payment company of this dispute is no longer set up.")
    return Asking(gateway, row.provider_id)


@transactional
def settle_dispute(
    business_id: uuid.UUID, gateway: str, provider_id: str, told: Told, *, now: datetime
) -> Dispute | None:
    """Note what the company said about a dispute, and book a lost one. Saying it often does it once."""
    if told.state == "unknown":
        return None
    payment_id = _payment_behind(business_id, gateway, told.payment_reference)
    payment = books.held_with_invoices(Payment, business_id, payment_id) if payment_id else None
    _open(business_id, gateway, provider_id, told, payment, now)
    row = _held(business_id, gateway, provider_id)
    was_over = row.state == "resolved"
    if not was_over:
        _note(row, told)
    if payment is not None and row.payment_id is None:
        row.payment_id = payment.id
    if row.state == "resolved" and not was_over:
        verb = "dispute_lost" if row.resolution in LOST else "dispute_won"
        _tell(business_id, row.id, payment, verb, told, now)
    if payment is not None and row.state == "resolved" and row.resolution in LOST and row.refund_id is None:
        _book(row, payment, now)
    return row


@transactional
def look_again(business_id: uuid.UUID, dispute_id: uuid.UUID, *, now: datetime) -> None:
    """Plan tomorrow's question about a dispute that goes on."""
    row = locked(Dispute, business_id, dispute_id)
    if row is None or not _goes_on(row) or row.looks >= LOOKS:
        return
    args, key = {"dispute_id": str(row.id)}, f"dispute:{row.id}:{row.looks}"
    jobs.enqueue("payments.dispute", key, args, business_id=business_id, due_at=now + timedelta(days=1))
    row.looks += 1


def _goes_on(row: Dispute) -> bool:
    """Whether anything about it can still change: it is not resolved, or lost and not booked."""
    return row.state != "resolved" or (row.resolution in LOST and row.refund_id is None)


def _payment_behind(business_id: uuid.UUID, gateway: str, reference: str | None) -> uuid.UUID | None:
    query = select(Payment.id).where(Payment.business_id == business_id, Payment.gateway == gateway)
    return db.session.scalar(query.where(Payment.gateway_reference == reference)) if reference else None


def _open(
    business_id: uuid.UUID, gateway: str, provider_id: str, told: Told, payment: Payment | None, now: datetime
) -> None:
    row = {
        "business_id": business_id,
        "id": new_id(),
        "payment_id": payment.id if payment else None,
        "gateway": gateway,
        "provider_id": provider_id[:100],
        "reference": (told.payment_reference or "")[:200],
        "currency": "",
        "category": "",
        "state": "pending",
        "resolution": "",
        "opened_at": told.opened_at or now,
        "problem": "",
        "looks": 0,
        "created_at": now,
    }
    if insert_once(Dispute, **row):
        row_id: uuid.UUID = row["id"]  # type: ignore[assignment]
        _tell(business_id, row_id, payment, "dispute_opened", told, now)
        look_again(business_id, row_id, now=now)


def _note(row: Dispute, told: Told) -> None:
    row.state, row.resolution = told.state, told.resolution or ""
    row.currency = (told.currency or row.currency)[:8]
    row.category = (told.category or row.category)[:60]
    row.amount_minor = told.amount_minor if told.amount_minor is not None else row.amount_minor
    row.resolved_at = told.resolved_at or row.resolved_at
    if told.due_at is not None:
        row.due_at = told.due_at
        row.due_on = clock.day_in(told.due_at, get_business(row.business_id).timezone)


def _held(business_id: uuid.UUID, gateway: str, provider_id: str) -> Dispute:
    mine = (Dispute.business_id == business_id, Dispute.gateway == gateway, Dispute.provider_id == provider_id[:100])
    query = select(Dispute).where(*mine).execution_options(populate_existing=True)
    return db.session.scalars(query.with_for_update()).one()


def _book(row: Dispute, payment: Payment, now: datetime) -> None:
    wanted = row.amount_minor if row.amount_minor is not None else payment.amount_minor
    amount = min(wanted, refundable(payment), refundable_over(payment))
    if row.currency not in ("", payment.currency):
        row.problem = f"The bank took {row.currency}, and the payment was in {payment.currency}: book it by hand."
        return
    if amount <= 0:
        row.problem = "Nothing is left of the payment: it was given back before."
        return
    try:
        with db.session.begin_nested():
            refund = lose(payment, Money(amount, payment.currency), _reason(row), f"dispute {row.provider_id}", now)
    except WrongState:
        row.problem = "An invoice of this payment is written off. Recover it: then the loss is booked within a day."
        return
    row.refund_id = refund.id
    row.problem = "" if amount == wanted else "Only a part could be booked: the rest was given back before."


def _reason(row: Dispute) -> str:
    silent = row.resolution == "accepted_by_silence"
    return "Dispute lost: nobody answered it in time" if silent else "Dispute lost: the bank gave the money back"


def _tell(
    business_id: uuid.UUID, dispute_id: uuid.UUID, payment: Payment | None, verb: str, told: Told, now: datetime
) -> None:
    facts = {"amount_minor": told.amount_minor, "currency": told.currency, "dispute_id": str(dispute_id)}
    if verb != "dispute_opened":
        facts["outcome"] = verb.removeprefix("dispute_")
    about = [("payment", payment.id)] if payment else [("dispute", dispute_id)]
    about += [("invoice", invoice_id) for invoice_id in books.allocated(payment)] if payment else []
    client_id = payment.client_id if payment else None
    for kind, object_id in about:
        audit.record(Actor.system(business_id), verb, kind, object_id, now, client_id=client_id, facts=facts)
