"""Which saved cards are to be charged by themselves: found every hour, charged by one job for each invoice."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, and_, func, select

from app import clock, jobs
from app.auth.models import Business
from app.auth.queries import get_business
from app.database import transactional
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.gateways.base import Gateway
from app.payments.models import Allocation, Attempt, Dispute, Payment, SavedCard
from app.payments.registry import gateway_for
from app.payments.rules import CHARGE_DAYS, Tried, next_charge

AWAKE = time(8), time(20)
"""Nobody's card is charged at night, as the business's clock has it."""
AT_ONCE = 500
LOOKED_BACK = timedelta(days=60)
"""An invoice that came due longer ago is not begun with by itself any more."""


@dataclass(frozen=True, slots=True)
class DueCharge:
    """One try to charge a card for an invoice."""

    invoice_id: uuid.UUID
    card_id: uuid.UUID
    step: int


@transactional
def sweep(now: datetime) -> int:
    """Plan the look into every business that charges cards. Returns how many there are."""
    charging = list(db.session.scalars(select(Business.id).where(Business.charge_cards != "off")))
    for business_id in charging:
        jobs.enqueue("payments.charge_cards", f"cards:{now:%Y%m%d%H}", business_id=business_id)
    return len(charging)


@transactional
def plan_charges(business_id: uuid.UUID, now: datetime) -> int:
    """Plan a job for each charge that is due in a business. Returns how many; the same hour plans each once."""
    found = list(due_charges(business_id, now))
    for one in found:
        args = {"invoice_id": str(one.invoice_id), "card_id": str(one.card_id), "step": one.step}
        key = f"charge:{one.invoice_id}:{one.card_id.hex[-12:]}:{one.step}:{now:%Y%m%d%H}"
        jobs.enqueue("payments.charge", key, args, business_id=business_id)
    return len(found)


def due_charges(business_id: uuid.UUID, now: datetime) -> Iterator[DueCharge]:
    """What is due in a business now."""
    business, gateway = get_business(business_id), gateway_for(business_id)
    wall = now.astimezone(ZoneInfo(business.timezone))
    if gateway is None or business.charge_cards == "off" or not AWAKE[0] <= wall.time() < AWAKE[1]:
        return
    today, seen = wall.date(), set[uuid.UUID]()
    rows = db.session.execute(_candidates(business, gateway, now)).all()
    tries = _tries(business_id, [invoice_id for invoice_id, _ in rows], business.timezone)
    # What may still be taken back as a whole is not charged yet.
    seen |= set(current_app.extensions["duely_not_charged_yet"](business_id, [row[0] for row in rows]))
    for invoice_id, card_id in rows:
        if invoice_id in seen:
            continue
        seen.add(invoice_id)
        step = next_charge(tries[invoice_id, card_id], today, now)
        if step is not None:
            yield DueCharge(invoice_id, card_id, step)


def _candidates(business: Business, gateway: Gateway, now: datetime) -> Select[uuid.UUID, uuid.UUID]:
    """(invoice, card) where the day has come, the client's newest card first.

    Only invoices that were issued after the consent. One that owes again because money went back is not charged by
    itself, and nobody who disputes a payment is.
    """
    day = Invoice.due_date if business.charge_cards == "due" else Invoice.issue_date
    today = clock.day_in(now, business.timezone)
    card = and_(SavedCard.business_id == Invoice.business_id, SavedCard.client_id == Invoice.client_id)
    tried = select(Attempt.id).where(
        Attempt.business_id == Invoice.business_id,
        Attempt.invoice_id == Invoice.id,
        Attempt.card_id == SavedCard.id,
    )
    many = tried.with_only_columns(func.count()).scalar_subquery()
    back = select(Allocation.id).where(
        Allocation.business_id == Invoice.business_id, Allocation.invoice_id == Invoice.id, Allocation.amount_minor < 0
    )
    disputed = (
        select(Dispute.id)
        .join(Payment, and_(Payment.business_id == Dispute.business_id, Payment.id == Dispute.payment_id))
        .where(Payment.business_id == Invoice.business_id, Payment.client_id == Invoice.client_id)
        .where(Dispute.resolution != "declined")
    )
    return (
        select(Invoice.id, SavedCard.id)
        .join(SavedCard, card)
        .where(Invoice.business_id == business.id, Invoice.status == "open", Invoice.balance_minor > 0)
        .where(day <= today, day >= today - LOOKED_BACK, Invoice.issued_at >= SavedCard.consented_at)
        .where(SavedCard.status == "active", SavedCard.gateway == gateway.name, SavedCard.mode == gateway.mode)
        .where(many < len(CHARGE_DAYS), ~tried.where(Attempt.state != "failed").exists())
        .where(~back.exists(), ~disputed.exists())
        .order_by(day.desc(), Invoice.id, SavedCard.id.desc())
        .limit(AT_ONCE)
    )


def _tries(
    business_id: uuid.UUID, invoice_ids: list[uuid.UUID], timezone: str
) -> dict[tuple[uuid.UUID, uuid.UUID | None], list[Tried]]:
    """What was tried so far: {(invoice, card): charges, oldest first}."""
    found: dict[tuple[uuid.UUID, uuid.UUID | None], list[Tried]] = defaultdict(list)
    if not invoice_ids:
        return found
    mine = (Attempt.business_id == business_id, Attempt.invoice_id.in_(invoice_ids), Attempt.card_id.is_not(None))
    query = select(Attempt.invoice_id, Attempt.card_id, Attempt.state, Attempt.created_at, Attempt.retry_at).where(
        *mine
    )
    for invoice_id, card_id, state, at, retry_at in db.session.execute(query.order_by(Attempt.id)):
        found[invoice_id, card_id].append(Tried(state, clock.day_in(at, timezone), retry_at))
    return found
