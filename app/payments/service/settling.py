"""What a gateway's answer does to our books: held against the attempt we stored, never against the balance."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app import clock, jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments.gateways.base import Verification
from app.payments.gateways.moneyback import RefundAnswer
from app.payments.models import Attempt, HeldMoney, Payment
from app.payments.rules import LEFT, NOT_CONFIRMED, RETRY_AFTER, AttemptFacts, decide, paid_with
from app.payments.service import books
from app.payments.service.cards import keep_card
from app.payments.service.recording import tell
from app.payments.service.telling import tell_payer

SOON_AFTER = (3, 10, 20, 45)
"""Seconds after the customer's return at which an unclear payment is asked about."""


@transactional
def settle(business_id: uuid.UUID, attempt_id: uuid.UUID, answer: Verification, *, now: datetime) -> Attempt:
    """Act on what the gateway said about an attempt. Saying it fifty times books one payment. Raises NotFound."""
    attempt = db.session.get(Attempt, (business_id, attempt_id))
    if attempt is None:
        raise NotFound
    invoice = locked(Invoice, business_id, attempt.invoice_id)
    attempt = locked(Attempt, business_id, attempt_id)
    if invoice is None or attempt is None:
        raise NotFound
    facts = AttemptFacts(attempt.reference, attempt.amount_minor, attempt.currency, attempt.mode)  # type: ignore[arg-type]
    decision = decide(facts, answer)
    over = attempt.state in ("failed", "refused")
    if not over or decision.kind in ("post", "quarantine"):
        # Why it ended stays, whatever is heard later, unless there is money after all.
        attempt.reason = decision.reason
    if decision.kind == "post":
        _post(attempt, invoice, decision.amount_minor, decision.flags, answer, now)
    elif decision.kind == "quarantine":
        attempt.state = "held" if attempt.state != "paid" else attempt.state
        hold(business_id, attempt.gateway, attempt.reference, answer, decision.reason, now=now, attempt=attempt)
    elif decision.kind == "fail" and not over and attempt.state not in ("paid", "held"):
        _note_failure(attempt, invoice, now)
        attempt.state = "failed"
        tell_payer(attempt, invoice, now)
    elif attempt.state == "unclear" and answer.state == "abandoned":
        _left(attempt, invoice, now)
    return attempt


@transactional
def ask_again(business_id: uuid.UUID, attempt_id: uuid.UUID, *, now: datetime, left: bool = False) -> None:
    """Plan the next question about an attempt that is still open: 30 s, 5 min, 1 h, then daily for five days.

    After that it is unclear and a person looks, unless the company says that the customer `left` without paying.
    """
    attempt = locked(Attempt, business_id, attempt_id)
    if attempt is None or attempt.state in ("paid", "held"):
        return
    if attempt.checks >= len(RETRY_AFTER):
        if attempt.state not in ("failed", "refused"):
            attempt.state = "unclear"
            if left:
                _left(attempt, db.session.get_one(Invoice, (business_id, attempt.invoice_id)), now)
        return
    due = now + timedelta(seconds=RETRY_AFTER[attempt.checks])
    args = {"attempt_id": str(attempt_id), "planned": True}
    jobs.enqueue("payments.verify", f"verify:{attempt_id}:{attempt.checks}", args, business_id=business_id, due_at=due)
    attempt.checks += 1


@transactional
def ask_soon(business_id: uuid.UUID, attempt_id: uuid.UUID, *, now: datetime) -> None:
    """The customer is back and the answer was unclear: ask a few times within a minute, besides the planned times."""
    beat = int(now.timestamp()) // 60
    args = {"attempt_id": str(attempt_id)}
    for seconds in SOON_AFTER:
        key, due = f"soon:{attempt_id}:{beat}:{seconds}", now + timedelta(seconds=seconds)
        jobs.enqueue("payments.verify", key, args, business_id=business_id, due_at=due)


@transactional
def hold(
    business_id: uuid.UUID,
    gateway: str,
    reference: str,
    answer: Verification,
    reason: str,
    *,
    now: datetime,
    attempt: Attempt | None = None,
) -> None:
    """Keep money that does not fit for a person to look at; the same reference is held once."""
    row = {
        "business_id": business_id,
        "id": new_id(),
        "gateway": gateway,
        "reference": reference[:200],
        "currency": (answer.currency or "")[:8],
        "amount_minor": answer.amount_minor,
        "reason": reason[:300],
        "attempt_id": attempt.id if attempt else None,
        "invoice_id": attempt.invoice_id if attempt else None,
        "facts": dict(answer.raw),
        "created_at": now,
        "resolution": "",
    }
    if insert_once(HeldMoney, **row):
        facts = {"gateway": gateway, "reason": reason, "amount_minor": answer.amount_minor, "currency": answer.currency}
        kind, object_id = ("invoice", attempt.invoice_id) if attempt else ("held_money", row["id"])
        audit.record(Actor.system(business_id), "money_held", kind, object_id, now, facts=facts)  # type: ignore[arg-type]


@transactional
def hold_refund(business_id: uuid.UUID, gateway: str, reference: str, answer: RefundAnswer, *, now: datetime) -> None:
    """Show staff a refund that was made at the payment company and not from here; the same one is shown once."""
    row = {
        "business_id": business_id,
        "id": new_id(),
        "gateway": gateway,
        "reference": f"refund {answer.provider_id or ''} of {reference}"[:200],
        "currency": (answer.currency or "")[:8],
        "amount_minor": answer.amount_minor,
        "reason": "A refund was made at the payment company and not from here.",
        "attempt_id": None,
        "invoice_id": None,
        "facts": {"payment": reference},
        "created_at": now,
        "resolution": "",
    }
    if insert_once(HeldMoney, **row):
        facts = {"gateway": gateway, "amount_minor": answer.amount_minor, "currency": answer.currency}
        audit.record(Actor.system(business_id), "money_held", "held_money", row["id"], now, facts=facts)  # type: ignore[arg-type]


@transactional
def resolve_held(actor: Actor, held_id: uuid.UUID, resolution: str, *, now: datetime) -> None:
    """Note what staff did about money that was held. Raises NotFound."""
    actor.require("admin")
    mine = (HeldMoney.business_id == actor.business_id, HeldMoney.id == held_id, HeldMoney.resolved_at.is_(None))
    change = update(HeldMoney).where(*mine).values(resolved_at=now, resolution=resolution[:300])
    if not db.session.execute(change).rowcount:  # type: ignore[attr-defined]
        raise NotFound
    audit.record(actor, "held_money_resolved", "held_money", held_id, now, facts={"resolution": resolution})


def _post(
    attempt: Attempt, invoice: Invoice, amount_minor: int, flags: tuple[str, ...], answer: Verification, now: datetime
) -> None:
    known = select(Payment.id).where(
        Payment.business_id == attempt.business_id,
        Payment.gateway == attempt.gateway,
        Payment.gateway_reference == attempt.reference,
    )
    if db.session.scalar(known) is not None:
        attempt.state = "paid"
        return
    timezone = get_business(attempt.business_id).timezone
    received_on = clock.day_in(min(answer.paid_at or now, now), timezone)
    payment = books.take_in(
        attempt.business_id,
        invoice.client_id,  # type: ignore[arg-type]
        Money(amount_minor, attempt.currency),
        "gateway",
        received_on,
        now,
        gateway=attempt.gateway,
        gateway_reference=attempt.reference,
        reference=(answer.provider_id or attempt.reference)[:120],
        note=paid_with(answer.channel, answer.authorization.last4 if answer.authorization else None)[:300],
        flags=flags,
        settles=(invoice,),
    )
    books.charge_fee(payment, answer.fees_minor, received_on, now)
    taken = [(invoice, *books.allocate(payment, invoice.id, amount_minor, received_on, now))]
    attempt.state, attempt.settled_at = "paid", now
    keep_card(attempt, payment.client_id, answer.authorization, now)
    tell(Actor.system(attempt.business_id), payment, taken, now)


def _left(attempt: Attempt, invoice: Invoice, now: datetime) -> None:
    """Nobody paid and nobody is expected to. A later success is booked all the same.

    A charge that its customer did not confirm is not tried again by itself.
    """
    charged = attempt.card_id is not None
    attempt.state, attempt.reason = ("refused", NOT_CONFIRMED) if charged else ("failed", LEFT)
    tell_payer(attempt, invoice, now)


def _note_failure(attempt: Attempt, invoice: Invoice, now: datetime) -> None:
    facts = {"gateway": attempt.gateway, "amount_minor": attempt.amount_minor, "currency": attempt.currency}
    actor = Actor.system(attempt.business_id)
    audit.record(actor, "payment_failed", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
