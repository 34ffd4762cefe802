"""Which saved cards are to be charged by themselves: found every hour, charged by one job for each invoice."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from app import clock, jobs
from app.auth.models import Business
from app.auth.queries import get_business
from app.database import transactional
from app.extensions import db
from app.payments.models import Attempt
from app.payments.queries.chargeable import chargeable
from app.payments.registry import gateway_for
from app.payments.rules import Tried, next_charge

AWAKE = time(8), time(20)
"""Nobody's card is charged at night, as the business's clock has it."""


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
    rows = db.session.execute(chargeable(business, gateway, wall.date())).all()
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
