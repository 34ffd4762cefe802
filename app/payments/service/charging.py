"""Charging a saved card for an invoice: the attempt is committed first, and one reference is never charged twice.

Whatever the company answers goes the way of every payment, through `settle`. An answer that was lost is looked up by
the questions that are planned for every attempt.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app import jobs, vault
from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money, format_money
from app.payments.errors import CannotCharge, NoGateway, NotPayable
from app.payments.gateways.base import Gateway, Verification
from app.payments.gateways.cards import ChargeRequest
from app.payments.gateways.errors import (
    AlreadyStarted,
    AuthorizationRefused,
    ChargeDeferred,
    GatewayError,
    GatewayRefused,
)
from app.payments.models import Attempt, AttemptRef, SavedCard
from app.payments.registry import gateway_for, open_gateway
from app.payments.rules import FORGOTTEN_AFTER, NEVER_ASKED, OPEN_FOR, new_reference
from app.payments.service.cards import chargeable_card, refuse_card
from app.payments.service.settling import ask_again, settle
from app.payments.service.telling import tell_payer

NOT_DUE = "Nothing was charged: the invoice was paid, or the card removed, in the meantime."
OPEN = ("new", "started", "paused", "unclear")


@dataclass(frozen=True, slots=True)
class Charging:
    """What to ask whom. `first`: nobody was asked yet. `still_due`: it may be asked for, if it never was."""

    attempt_id: uuid.UUID
    gateway: Gateway
    request: ChargeRequest
    first: bool
    still_due: bool


@dataclass(frozen=True, slots=True)
class NotCharged:
    """The company did not charge. `state` of the attempt: failed, or refused when trying again makes no sense."""

    state: str
    reason: str
    card_is_useless: bool = False
    retry_at: datetime | None = None
    wait: timedelta | None = None


@transactional
def charge_now(actor: Actor, invoice_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Charge the client's saved card for what an invoice still needs, because staff say so.

    Raises NotFound, NotPayable, NoGateway and CannotCharge, which says why.
    """
    actor.require("staff")
    attempt = _begin(actor, invoice_id, now)
    args = {"attempt_id": str(attempt.id)}
    jobs.enqueue("payments.charge", f"charge:{attempt.id}", args, business_id=actor.business_id)
    return attempt


@transactional
def begin_due(business_id: uuid.UUID, invoice_id: uuid.UUID, card_id: uuid.UUID, step: int, now: datetime) -> uuid.UUID:
    """The attempt of one step of the schedule, made if it is not there yet. Raises as `charge_now` does."""
    locked(Invoice, business_id, invoice_id)
    mine = (Attempt.business_id == business_id, Attempt.invoice_id == invoice_id, Attempt.card_id == card_id)
    known = db.session.scalar(select(Attempt.id).where(*mine, Attempt.charge_step == step))
    return known or _begin(Actor.system(business_id), invoice_id, now, card_id, step).id


def prepare(business_id: uuid.UUID, attempt_id: uuid.UUID, now: datetime) -> Charging | None:
    """What to ask about a charge; None when it has ended. Notes that the company is being asked before it is: a worker
    that is killed in the middle looks first. Raises NotFound without a gateway."""
    found = db.session.get(Attempt, (business_id, attempt_id))
    if found is None or found.card_id is None:
        return None
    invoice = locked(Invoice, business_id, found.invoice_id)
    attempt = locked(Attempt, business_id, attempt_id)
    card = db.session.get(SavedCard, (business_id, found.card_id), populate_existing=True)
    if attempt is None or invoice is None or card is None or attempt.state not in ("new", "started"):
        return None
    due = invoice.status == "open" and invoice.balance_minor >= attempt.amount_minor and card.status == "active"
    first = attempt.state == "new"
    if first and not due:
        attempt.state, attempt.reason = "failed", NOT_DUE
        return None
    gateway = open_gateway(business_id, attempt.gateway)
    if gateway is None:
        raise NotFound("The payment company this card is kept with is no longer set up.")
    code = vault.unseal(card.code_encrypted) if card.code_encrypted else ""
    request = ChargeRequest(
        attempt.reference,
        Money(attempt.amount_minor, attempt.currency),
        code,
        card.email,
        {"invoice": invoice.number or "", "attempt": str(attempt.id)},
    )
    attempt.state = "started"
    return Charging(attempt.id, gateway, request, first, due)


def ask(charging: Charging) -> Verification | NotCharged:
    """Charge, or look up what may have been asked for already; an answer that does not come is an unclear one."""
    try:
        if not charging.first:
            found = charging.gateway.verify(charging.request.reference)
            if found.state != "unknown":
                return found
            if not charging.still_due:
                return NotCharged("failed", NOT_DUE)
        return charging.gateway.charge(charging.request)
    except AlreadyStarted as error:
        return error.verification
    except ChargeDeferred as error:
        return NotCharged("failed", str(error), retry_at=error.retry_at, wait=error.wait)
    except AuthorizationRefused as error:
        return NotCharged("refused", error.reason, card_is_useless=True)
    except GatewayRefused as error:
        return NotCharged("refused", error.reason)
    except GatewayError as error:
        return NotCharged("failed", str(error)) if error.permanent else Verification("unknown")


@transactional
def settle_charge(
    business_id: uuid.UUID, attempt_id: uuid.UUID, outcome: Verification | NotCharged, *, now: datetime
) -> None:
    """Act on what the company said about a charge."""
    if isinstance(outcome, NotCharged):
        _not_charged(business_id, attempt_id, outcome, now)
        return
    attempt = settle(business_id, attempt_id, outcome, now=now)
    if outcome.state == "paused" and attempt.state == "started":
        attempt.state, attempt.checkout_url = "paused", outcome.next_url or ""
        _tell(Actor.system(business_id), "card_paused", attempt, now)
        tell_payer(attempt, _invoice_of(attempt), now)


@transactional
def forget_if_unknown(business_id: uuid.UUID, attempt_id: uuid.UUID, answer: Verification, *, now: datetime) -> None:
    """Give up a charge that its company, which answered, has known nothing of for an hour: it never got there."""
    if answer.state != "unknown" or answer.raw.get("unreachable"):
        return
    attempt = locked(Attempt, business_id, attempt_id)
    old = attempt is not None and attempt.created_at <= now - FORGOTTEN_AFTER
    if attempt is not None and old and attempt.card_id is not None and attempt.state == "started":
        attempt.state, attempt.reason = "failed", NEVER_ASKED
        tell_payer(attempt, _invoice_of(attempt), now)


def _begin(
    actor: Actor, invoice_id: uuid.UUID, now: datetime, card_id: uuid.UUID | None = None, step: int | None = None
) -> Attempt:
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None:
        raise NotFound
    if invoice.status == "draft":
        raise NotPayable("This invoice is still a draft: issue it before its card is charged.")
    if invoice.status != "open" or invoice.balance_minor <= 0 or invoice.client_id is None:
        raise NotPayable
    gateway = gateway_for(actor.business_id)
    if gateway is None:
        raise NoGateway
    card = chargeable_card(actor.business_id, invoice.client_id, gateway)
    if card is None or card_id not in (None, card.id):
        raise CannotCharge("This client has no saved card that can be charged.")
    _check(invoice, gateway, now)
    attempt = _attempt(invoice, card, step, now)
    _tell(actor, "card_charged", attempt, now)
    return attempt


def _check(invoice: Invoice, gateway: Gateway, now: datetime) -> None:
    mine = (Attempt.business_id == invoice.business_id, Attempt.invoice_id == invoice.id, Attempt.state.in_(OPEN))
    counts = or_(Attempt.card_id.is_not(None), Attempt.created_at > now - OPEN_FOR)
    if db.session.scalar(select(Attempt.id).where(*mine, counts).limit(1)) is not None:
        raise CannotCharge("A payment of this invoice is under way, and it is not known yet what became of it.")
    try:
        least = gateway.minimum(invoice.currency)
    except GatewayRefused as error:
        raise CannotCharge(error.reason) from error
    if invoice.balance_minor < least:
        raise CannotCharge(f"Online payments start at {format_money(Money(least, invoice.currency))}.")


def _attempt(invoice: Invoice, card: SavedCard, step: int | None, now: datetime) -> Attempt:
    attempt = Attempt(
        business_id=invoice.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        gateway=card.gateway,
        mode=card.mode,
        reference=new_reference(),
        currency=invoice.currency,
        amount_minor=invoice.balance_minor,
        email=card.email,
        card_id=card.id,
        charge_step=step,
        state="new",
        created_at=now,
        checks=0,
    )
    db.session.add(attempt)
    db.session.add(AttemptRef(reference=attempt.reference, business_id=invoice.business_id, attempt_id=attempt.id))
    db.session.flush()
    ask_again(invoice.business_id, attempt.id, now=now)
    return attempt


def _not_charged(business_id: uuid.UUID, attempt_id: uuid.UUID, outcome: NotCharged, now: datetime) -> None:
    attempt = locked(Attempt, business_id, attempt_id)
    if attempt is None or attempt.state != "started":
        return
    attempt.state, attempt.reason = outcome.state, outcome.reason[:300]
    said = (outcome.retry_at, now + outcome.wait if outcome.wait else None)
    attempt.retry_at = max((moment for moment in said if moment is not None), default=None)
    _tell(Actor.system(business_id), "card_not_charged", attempt, now)
    card = locked(SavedCard, business_id, attempt.card_id) if attempt.card_id else None
    if outcome.card_is_useless and card is not None:
        refuse_card(card, outcome.reason, now)
    if outcome.reason != NOT_DUE:
        tell_payer(attempt, _invoice_of(attempt), now)


def _invoice_of(attempt: Attempt) -> Invoice:
    return db.session.get_one(Invoice, (attempt.business_id, attempt.invoice_id))


def _tell(actor: Actor, verb: str, attempt: Attempt, now: datetime) -> None:
    invoice = _invoice_of(attempt)
    card = db.session.get_one(SavedCard, (attempt.business_id, attempt.card_id))
    facts = {
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
        "last4": card.last4,
        "number": invoice.number,
        "reason": attempt.reason if verb == "card_not_charged" else "",
    }
    audit.record(actor, verb, "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
