"""What staff do about an online payment that came to no end: ask the company anew, or say that it was not paid."""

from __future__ import annotations

import uuid
from datetime import datetime

from app import jobs
from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.errors import NoGateway, NotUnsettled
from app.payments.models import Attempt
from app.payments.registry import open_gateway

UNSETTLED = ("unclear", "paused")
SAID = "Said to be not paid by "


@transactional
def ask_anew(actor: Actor, attempt_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Have a job ask the payment company once more. What it answers settles the attempt as ever; nothing changes now.

    Pressing it twice within a minute asks once. Raises NotFound, NotUnsettled, NoGateway.
    """
    actor.require("staff")
    attempt = db.session.get(Attempt, (actor.business_id, attempt_id))
    if attempt is None:
        raise NotFound
    if attempt.state not in UNSETTLED:
        raise NotUnsettled
    if open_gateway(actor.business_id, attempt.gateway) is None:
        raise NoGateway("The company this payment went through is no longer set up, so it cannot be asked.")
    args = {"attempt_id": str(attempt_id)}
    key = f"anew:{attempt_id}:{int(now.timestamp()) // 60}"
    jobs.enqueue("payments.verify", key, args, business_id=actor.business_id, ahead=True)
    return attempt


@transactional
def say_not_paid(actor: Actor, attempt_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Note that somebody looked and no money came. Should it come all the same, it is booked like any.

    Saying it twice says it once. Raises NotFound, and NotUnsettled when the money came, or more is known by now.
    """
    actor.require("staff")
    found = db.session.get(Attempt, (actor.business_id, attempt_id))
    if found is None:
        raise NotFound
    invoice = locked(Invoice, actor.business_id, found.invoice_id)
    attempt = locked(Attempt, actor.business_id, attempt_id)
    if invoice is None or attempt is None:
        raise NotFound
    if attempt.state in ("failed", "refused") and attempt.reason.startswith(SAID):
        return attempt
    if attempt.state not in UNSETTLED:
        raise NotUnsettled
    # A card is not charged again by itself: the bank's page may still be open, and the customer would pay twice.
    attempt.state = "refused" if attempt.card_id is not None else "failed"
    attempt.reason = f"{SAID}{actor.name}."[:300]
    facts = {
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
        "gateway": attempt.gateway,
        "reference": attempt.reference,
        "number": invoice.number,
    }
    audit.record(actor, "said_not_paid", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
    return attempt
