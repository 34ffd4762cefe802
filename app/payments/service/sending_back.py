"""Refunds that a payment company makes: asked once, looked up ever after, and credit again when they fail.

Nothing names a refund to a company but our id in its note, so one whose answer was lost is looked for and never asked
for again at once: only when the company has known nothing of it for some minutes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app import jobs
from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.money import Money
from app.payments.gateways.base import Gateway
from app.payments.gateways.moneyback import RefundAnswer, RefundRequest
from app.payments.models import Payment, Refund
from app.payments.registry import open_gateway
from app.payments.rules import RETRY_AFTER
from app.payments.service.refunding import GIVEN_BACK, facts_of, source_of, take_back
from app.payments.service.settling import hold_refund
from app.payments.service.settling_again import hold_invoices, settle_again

FINAL = ("done", *GIVEN_BACK)
UNKNOWN_FOR = timedelta(minutes=4)
"""How long a company must have known nothing of a refund before it is asked for again."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What to ask whom. `first`: nobody was asked yet. `provider_id`: what the company calls it, once it said so."""

    gateway: Gateway
    request: RefundRequest
    provider_id: str | None
    since: datetime
    first: bool
    may_ask_again: bool


def prepare(business_id: uuid.UUID, refund_id: uuid.UUID, now: datetime) -> Asking | None:
    """What to ask about a refund, None when it has ended. Counts the question before it is asked: a worker that is
    killed in the middle looks the refund up, whatever became of its question. Raises NotFound without a gateway."""
    row = locked(Refund, business_id, refund_id)
    if row is None or row.state in FINAL or row.gateway is None or row.through_id is None:
        return None
    through = db.session.get_one(Payment, (business_id, row.through_id))
    gateway = open_gateway(business_id, row.gateway)
    if gateway is None:
        raise NotFound("The payment company this refund goes through is no longer set up.")
    money = Money(row.amount_minor, row.currency)
    request = RefundRequest(through.gateway_reference or "", money, str(row.id), row.reason)
    asking = Asking(
        gateway,
        request,
        row.gateway_reference,
        through.created_at - timedelta(days=1),
        first=row.checks == 0,
        may_ask_again=now - row.created_at > UNKNOWN_FOR,
    )
    row.checks += 1
    return asking


def ask(asking: Asking) -> RefundAnswer:
    """Ask for the refund, or look it up when it may have been asked for. Raises GatewayError."""
    if asking.first:
        return asking.gateway.refund(asking.request)
    found = asking.gateway.find_refund(
        asking.request.payment_reference, asking.provider_id, asking.request.note, since=asking.since
    )
    if found.state == "unknown" and asking.provider_id is None and asking.may_ask_again:
        return asking.gateway.refund(asking.request)
    return found


@transactional
def settle_refund(
    business_id: uuid.UUID, refund_id: uuid.UUID, answer: RefundAnswer, *, now: datetime
) -> Refund | None:
    """Note what the company said. What a failed refund had taken off invoices settles them again as far as they still
    owe it, and the rest of it is the client's credit. Saying it often does it once."""
    found = db.session.get(Refund, (business_id, refund_id))
    taken_off = hold_invoices(found) if found and answer.state == "failed" else {}
    source = source_of(found) if found else None
    row = locked(Refund, business_id, refund_id)
    if row is None or source is None or row.state in FINAL:
        return row
    row.gateway_reference = row.gateway_reference or answer.provider_id
    if answer.state == "failed":
        take_back(row, source, "failed", answer.reason[:300] or "The payment company could not give it back.", now)
        _tell(row, "refund_failed", now)
        settle_again(row, source, taken_off, now)
    elif answer.state == "processed":
        row.state, row.state_reason, row.settled_at = "done", "", now
        _tell(row, "refund_done", now)
    elif answer.state != "unknown":
        row.state, row.state_reason = answer.state, answer.reason[:300]
    return row


@transactional
def look_again(business_id: uuid.UUID, refund_id: uuid.UUID, *, now: datetime) -> None:
    """Plan the next look at a refund that has not ended: 30 s, 5 min, 1 h, then daily for five days."""
    row = locked(Refund, business_id, refund_id)
    if row is None or row.state in FINAL:
        return
    if row.checks > len(RETRY_AFTER):
        row.state_reason = row.state_reason or "The payment company has not said for days what became of it."
        return
    due = now + timedelta(seconds=RETRY_AFTER[row.checks - 1])
    args = {"refund_id": str(refund_id)}
    jobs.enqueue("payments.refund", f"refund:{refund_id}:{row.checks}", args, business_id=business_id, due_at=due)


@transactional
def settle_listed(
    business_id: uuid.UUID, gateway: Gateway, reference: str, answers: tuple[RefundAnswer, ...], *, now: datetime
) -> None:
    """Note what a company lists as refunds of a payment: ours by our id, others are shown to staff."""
    paid = select(Payment.id).where(Payment.business_id == business_id, Payment.gateway == gateway.name)
    payment_id = db.session.scalar(paid.where(Payment.gateway_reference == reference))
    ours = []
    if payment_id is not None:
        mine = (
            Refund.business_id == business_id,
            or_(Refund.through_id == payment_id, Refund.payment_id == payment_id),
        )
        ours = list(db.session.scalars(select(Refund).where(*mine)))
    if any(answer.state == "failed" for answer in answers):
        # All invoices before any payment: nobody waits in a circle.
        hold_invoices(*ours)
    by_note = {str(row.id): row.id for row in ours}
    by_name = {row.gateway_reference: row.id for row in ours if row.gateway_reference}
    for answer in answers:
        noted = next((by_note[note] for note in by_note if note in answer.note), None)
        known = by_name.get(answer.provider_id or "") or noted
        if known is not None:
            settle_refund(business_id, known, answer, now=now)
        elif answer.state not in ("failed", "unknown"):
            hold_refund(business_id, gateway.name, reference, answer, now=now)


def _tell(row: Refund, verb: str, now: datetime) -> None:
    kind, source_id = ("payment", row.payment_id) if row.payment_id else ("credit_note", row.credit_note_id)
    facts, actor = facts_of(row, row.state_reason or row.reason), Actor.system(row.business_id)
    audit.record(actor, verb, kind, source_id, now, client_id=row.client_id, facts=facts)
