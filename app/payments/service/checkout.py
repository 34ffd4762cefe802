"""The customer's click: the attempt is committed first, then the gateway is called with no transaction open."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from app import jobs
from app.auth.models import Link
from app.auth.rules import token_hash
from app.auth.service import links
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money, format_money
from app.payments.errors import BadAmount, NoGateway, NotPayable
from app.payments.gateways.base import CheckoutRequest, Gateway, Verification
from app.payments.gateways.errors import AlreadyStarted, GatewayError, GatewayRefused
from app.payments.models import Attempt, AttemptRef
from app.payments.registry import gateway_for, open_gateway
from app.payments.rules import OPEN_FOR, new_reference
from app.payments.service.cards import Consent
from app.payments.service.settling import ask_again, settle

REUSE_FOR = timedelta(minutes=30)
PAGE_LOST_AFTER = timedelta(seconds=10)
"""Longer than anybody waits for a gateway's answer."""
LOST_PAGE = "The payment company did not answer in time, so its page could not be opened."

log = structlog.get_logger("duely.payments")


@transactional
def start_checkout(
    link: Link, email: str, *, now: datetime, amount: Money | None = None, consent: Consent | None = None
) -> Attempt:
    """Store a try to pay an invoice, whole or in part, before anybody is asked for money.

    `consent` is what the customer agreed to who lets us keep the card. A page opened again within half an hour gets the
    same attempt. Raises NotPayable, BadAmount, NoGateway.
    """
    invoice = locked(Invoice, link.business_id, link.object_id)
    if invoice is None:
        raise NotFound
    if invoice.status == "written_off":
        raise NotPayable("No payment is asked for on this invoice any more.")
    if invoice.status != "open" or invoice.balance_minor <= 0:
        raise NotPayable
    if _card_is_charged(invoice, now):
        raise NotPayable("Your saved card is being charged for this invoice right now. Look again in a few minutes.")
    gateway = gateway_for(link.business_id)
    if gateway is None:
        raise NoGateway
    amount = amount or Money(invoice.balance_minor, invoice.currency)
    _check(amount, invoice, gateway)
    same = _open_one(link, gateway, amount, email, consent, now)
    return same or _new(link, invoice, gateway, amount, email, consent, now)


def open_checkout(business_id: uuid.UUID, attempt_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Ask the gateway for a checkout page and note its address.

    When it does not answer in time the attempt stays "new" and a job finds out. Raises GatewayRefused when it says no.
    """
    attempt = _read(business_id, attempt_id)
    if attempt.checkout_url or attempt.state in ("paid", "held"):
        return attempt
    gateway = open_gateway(business_id, attempt.gateway)
    request = checkout_request(attempt)
    db.session.remove()
    if gateway is None:
        raise NoGateway
    try:
        started = gateway.start(request)
    except AlreadyStarted as error:
        return already_open(business_id, attempt_id, error.verification, now=now)
    except GatewayRefused as error:
        note(business_id, attempt_id, state="failed", reason=error.reason)
        raise
    except GatewayError as error:
        log.warning("checkout.unclear", attempt=str(attempt_id), error=type(error).__name__, final=error.permanent)
        # A wrong key stays wrong: the customer is told at once, and staff read why.
        state = {"state": "failed"} if error.permanent else {}
        return note(business_id, attempt_id, reason=str(error), **state)
    return note(business_id, attempt_id, state="started", checkout_url=started.url)


def already_open(
    business_id: uuid.UUID,
    attempt_id: uuid.UUID,
    answer: Verification,
    *,
    now: datetime,
    after: timedelta = PAGE_LOST_AFTER,
) -> Attempt:
    """The gateway knows the reference, whose page opens only once: settle, or say that the page's address is lost.

    `after` so long nobody else can still be on the way with that address, and the customer has to try again. Should
    somebody pay there all the same, the planned questions find it.
    """
    attempt = settle(business_id, attempt_id, answer, now=now)
    if answer.state in ("abandoned", "pending") and not attempt.checkout_url and attempt.created_at <= now - after:
        return note(business_id, attempt_id, state="failed", reason=LOST_PAGE)
    return attempt


def verify_now(business_id: uuid.UUID, attempt_id: uuid.UUID, *, now: datetime) -> Attempt:
    """Ask the gateway about an attempt and act on the answer; an unclear one changes nothing."""
    attempt = _read(business_id, attempt_id)
    gateway = open_gateway(business_id, attempt.gateway)
    reference = attempt.reference
    db.session.remove()
    if gateway is None or attempt.state in ("paid", "held"):
        return attempt
    try:
        answer = gateway.verify(reference)
    except GatewayError as error:
        log.warning("verify.unclear", attempt=str(attempt_id), error=type(error).__name__)
        return attempt
    return settle(business_id, attempt_id, answer, now=now)


def _read(business_id: uuid.UUID, attempt_id: uuid.UUID) -> Attempt:
    attempt = db.session.get(Attempt, (business_id, attempt_id))
    if attempt is None:
        raise NotFound
    return attempt


def _check(amount: Money, invoice: Invoice, gateway: Gateway) -> None:
    if amount.currency != invoice.currency or amount.minor <= 0:
        raise BadAmount("amount", "Enter an amount above zero.")
    if amount.minor > invoice.balance_minor:
        left = format_money(Money(invoice.balance_minor, invoice.currency))
        raise BadAmount("amount", f"Only {left} is due.")
    try:
        least = gateway.minimum(amount.currency)
    except GatewayRefused as error:
        raise BadAmount("amount", error.reason) from error
    if amount.minor < least:
        raise BadAmount("amount", f"Online payments start at {format_money(Money(least, amount.currency))}.")


def _card_is_charged(invoice: Invoice, now: datetime) -> bool:
    mine = (Attempt.business_id == invoice.business_id, Attempt.invoice_id == invoice.id, Attempt.card_id.is_not(None))
    going = (Attempt.state.in_(("new", "started")), Attempt.created_at > now - OPEN_FOR)
    return db.session.scalar(select(Attempt.id).where(*mine, *going).limit(1)) is not None


def _open_one(
    link: Link, gateway: Gateway, amount: Money, email: str, consent: Consent | None, now: datetime
) -> Attempt | None:
    query = (
        select(Attempt)
        .where(Attempt.business_id == link.business_id, Attempt.invoice_id == link.object_id)
        .where(Attempt.gateway == gateway.name, Attempt.mode == gateway.mode, Attempt.link_hash == link.token_hash)
        .where(Attempt.amount_minor == amount.minor, Attempt.email == email, Attempt.state.in_(("new", "started")))
        .where(Attempt.created_at > now - REUSE_FOR, Attempt.consent == (consent.text if consent else ""))
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _new(
    link: Link, invoice: Invoice, gateway: Gateway, amount: Money, email: str, consent: Consent | None, now: datetime
) -> Attempt:
    attempt = Attempt(
        business_id=link.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        gateway=gateway.name,
        mode=gateway.mode,
        reference=new_reference(),
        currency=amount.currency,
        amount_minor=amount.minor,
        email=email,
        link_hash=link.token_hash,
        state="new",
        created_at=now,
        checks=0,
        consent=consent.text if consent else "",
        consented_at=now if consent else None,
        consent_ip=consent.ip[:45] if consent else "",
    )
    db.session.add(attempt)
    db.session.add(AttemptRef(reference=attempt.reference, business_id=link.business_id, attempt_id=attempt.id))
    db.session.flush()
    ask_again(link.business_id, attempt.id, now=now)
    args = {"attempt_id": str(attempt.id)}
    due = now + timedelta(seconds=8)
    jobs.enqueue("payments.open", f"open:{attempt.id}", args, business_id=link.business_id, due_at=due)
    return attempt


def checkout_request(attempt: Attempt) -> CheckoutRequest:
    """What the gateway is asked for; leaving its page leads back to the customer's own link."""
    invoice = db.session.get(Invoice, (attempt.business_id, attempt.invoice_id))
    number = invoice.number if invoice else ""
    token = links.find_live_token(attempt.business_id, "invoice", attempt.invoice_id)
    own = token if token and token_hash(token) == attempt.link_hash else None
    return CheckoutRequest(
        reference=attempt.reference,
        amount=Money(attempt.amount_minor, attempt.currency),
        email=attempt.email,
        description=f"Invoice {number}",
        callback_url=links.public_url("/payment/callback/"),
        cancel_url=links.public_url(f"/i/{own}/?left=1" if own else "/"),
        metadata={"invoice": str(number), "attempt": str(attempt.id)},
        reusable=bool(attempt.consent),
    )


@transactional
def note(business_id: uuid.UUID, attempt_id: uuid.UUID, **values: str) -> Attempt:
    """Write what became of opening a checkout, unless the attempt is settled already."""
    attempt = locked(Attempt, business_id, attempt_id)
    if attempt is None:
        raise NotFound
    if attempt.state in ("new", "started"):
        for name, value in values.items():
            setattr(attempt, name, value)
    return attempt
