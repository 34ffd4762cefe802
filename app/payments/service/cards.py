"""Cards that customers let a business keep: stored with the consent, removed by either side, forgotten for good."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from app import jobs, vault
from app.auth import audit
from app.auth.rules import Actor
from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.payments.gateways.base import Gateway
from app.payments.gateways.cards import SavedAuthorization
from app.payments.models import Attempt, SavedCard
from app.payments.registry import open_gateway


@dataclass(frozen=True, slots=True)
class Consent:
    """What a customer agreed to, as it was shown, and the address it came from."""

    text: str
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A card that the payment company is to forget."""

    gateway: Gateway
    code: str = field(repr=False)


def keep_card(attempt: Attempt, client_id: uuid.UUID, authorization: SavedAuthorization | None, now: datetime) -> None:
    """Store the card of a payment that just came, when its customer agreed to that and it may be charged again.

    The same card is kept once for a client, and not a second time for one payment.
    """
    if not attempt.consent or authorization is None or not authorization.reusable or not authorization.email:
        return
    mark = authorization.signature or authorization.code
    row = {
        "business_id": attempt.business_id,
        "id": new_id(),
        "client_id": client_id,
        "attempt_id": attempt.id,
        "gateway": attempt.gateway,
        "mode": attempt.mode,
        "code_encrypted": vault.seal(authorization.code),
        "email": authorization.email,
        "fingerprint": hashlib.sha256(mark.encode()).hexdigest(),
        "brand": (authorization.brand or "")[:40],
        "last4": (authorization.last4 or "")[:4],
        "exp_month": authorization.exp_month,
        "exp_year": authorization.exp_year,
        "consent": attempt.consent,
        "consented_at": attempt.consented_at,
        "consent_ip": attempt.consent_ip,
        "status": "active",
        "end_reason": "",
        "created_at": now,
    }
    if insert_once(SavedCard, **row):
        facts = {"brand": row["brand"], "last4": row["last4"]}
        customer = Actor.customer(attempt.business_id, "", attempt.consent_ip)
        audit.record(customer, "card_saved", "client", client_id, now, client_id=client_id, facts=facts)


@transactional
def remove_card(actor: Actor, card_id: uuid.UUID, *, now: datetime, client_id: uuid.UUID | None = None) -> SavedCard:
    """Never charge a card again, and have the company forget it. Doing it twice does it once.

    Staff may remove any; a customer only one of the client whose link they have. Raises NotFound.
    """
    if actor.kind != "customer":
        actor.require("staff")
    card = locked(SavedCard, actor.business_id, card_id)
    if card is None or (actor.kind == "customer" and card.client_id != client_id):
        raise NotFound
    if card.status == "removed":
        return card
    by = "the customer" if actor.kind == "customer" else actor.name
    card.status, card.ended_at, card.end_reason = "removed", now, f"Removed by {by}"[:300]
    facts = {"brand": card.brand, "last4": card.last4}
    audit.record(actor, "card_removed", "client", card.client_id, now, client_id=card.client_id, facts=facts)
    args = {"card_id": str(card.id)}
    jobs.enqueue("payments.deactivate", f"deactivate:{card.id}", args, business_id=card.business_id)
    return card


def refuse_card(card: SavedCard, reason: str, now: datetime) -> None:
    """Mark a card, held already, that the company will not charge any more."""
    if card.status == "active":
        card.status, card.ended_at, card.end_reason = "refused", now, reason[:300]
        facts = {"brand": card.brand, "last4": card.last4, "reason": reason[:300]}
        system = Actor.system(card.business_id)
        audit.record(system, "card_refused", "client", card.client_id, now, client_id=card.client_id, facts=facts)


def prepare_forgetting(business_id: uuid.UUID, card_id: uuid.UUID) -> Forgetting | None:
    """What the company is to forget; None when that is done. Raises NotFound without a gateway."""
    card = db.session.get(SavedCard, (business_id, card_id))
    if card is None or not card.code_encrypted:
        return None
    gateway = open_gateway(business_id, card.gateway)
    if gateway is None:
        raise NotFound("The payment company that keeps this card is no longer set up.")
    return Forgetting(gateway, vault.unseal(card.code_encrypted))


@transactional
def note_forgotten(business_id: uuid.UUID, card_id: uuid.UUID) -> None:
    """The company has forgotten the card: its code goes here, too."""
    card = locked(SavedCard, business_id, card_id)
    if card is not None:
        card.code_encrypted = ""


def chargeable_card(business_id: uuid.UUID, client_id: uuid.UUID, gateway: Gateway) -> SavedCard | None:
    """The card of a client that is charged: the newest of those that may be, with this company and mode."""
    mine = (SavedCard.business_id == business_id, SavedCard.client_id == client_id, SavedCard.status == "active")
    query = select(SavedCard).where(*mine, SavedCard.gateway == gateway.name, SavedCard.mode == gateway.mode)
    return db.session.scalar(query.order_by(SavedCard.id.desc()).limit(1))
