"""Read what Paystack says. Its own samples disagree about types, so nothing here trusts one."""

import hashlib
from collections.abc import Mapping
from typing import Final

from app.payments.gateways import paystack_cards, paystack_disputes, paystack_money, paystack_refunds, reading
from app.payments.gateways.base import EventKind, Mode, State, Verification, WebhookEvent

_STATES: Final[dict[str, State]] = {
    "success": "succeeded",
    "failed": "failed",
    "reversed": "failed",
    "abandoned": "abandoned",
    "pending": "pending",
    "ongoing": "pending",
    "processing": "pending",
    "queued": "pending",
}
_TRANSACTION_FACTS: Final = ("status", "gateway_response", "message", "channel", "requested_amount", "receipt_number")
_CARD_FACTS: Final = ("brand", "card_type", "last4", "bank", "country_code")
_EVENT_FACTS: Final = (
    "status",
    "amount",
    "currency",
    "refund_reference",
    "refunded_at",
    "category",
    "resolution",
    "dueAt",
    "due_at",
)


def verification(data: Mapping[str, object]) -> Verification:
    """The `data` of a verify or charge answer.

    `reversed` (refunded or charged back) counts as failed: nothing stays with us. A charge names the moment of the
    transaction only.
    """
    currency = reading.text(data.get("currency"), 8)
    authorization = reading.mapping(data.get("authorization"))
    paid_at = reading.instant(data.get("paid_at")) or reading.instant(data.get("paidAt"))
    if paid_at is None and "paid_at" not in data and data.get("status") == "success":
        paid_at = reading.instant(data.get("transaction_date"))
    return Verification(
        state=_STATES.get(str(data.get("status")), "unknown"),
        reference=reading.text(data.get("reference")),
        amount_minor=paystack_money.read(data.get("amount"), currency),
        currency=currency,
        mode=_mode(data),
        fees_minor=paystack_money.read(data.get("fees"), currency),
        paid_at=paid_at,
        channel=reading.text(data.get("channel"), 40),
        provider_id=reading.identifier(data.get("id")),
        payer_email=reading.text(reading.mapping(data.get("customer")).get("email"), 254),
        authorization=paystack_cards.authorization(data),
        raw=reading.facts(data, _TRANSACTION_FACTS) | reading.facts(authorization, _CARD_FACTS),
    )


def event(raw: bytes) -> WebhookEvent:
    """A notice whose signature was checked. Whatever cannot be read is an event of kind `other`."""
    try:
        body = reading.mapping(reading.parse(raw))
    except ValueError:
        body = {}
    name = reading.text(body.get("event"), 60) or ""
    data = reading.mapping(body.get("data"))
    kind = _kind(name)
    refund = paystack_refunds.read(data, name) if kind == "refund" else None
    dispute = paystack_disputes.read(data) if kind == "dispute" else None
    about = refund or dispute
    return WebhookEvent(
        kind=kind,
        name=name,
        reference=about.payment_reference
        if about
        else reading.text(data.get("reference"))
        if kind == "payment"
        else None,
        dedupe_key=_dedupe_key(name, data, raw),
        mode=_mode(data),
        refund=refund,
        dispute=dispute,
        raw=reading.facts(data, _EVENT_FACTS),
    )


def _mode(data: Mapping[str, object]) -> Mode | None:
    domain = data.get("domain")
    return "test" if domain == "test" else "live" if domain == "live" else None


def _kind(name: str) -> EventKind:
    if name == "charge.success":
        return "payment"
    if name.startswith("charge.dispute."):
        return "dispute"
    return "refund" if name.startswith("refund.") else "other"


def _dedupe_key(name: str, data: Mapping[str, object], raw: bytes) -> str:
    """Paystack's events carry no id of their own: the event with its object's id, references, or the whole body.

    A refund that names only its payment is told apart by the body: a payment can be refunded in parts.
    """
    body = hashlib.sha256(raw).hexdigest()
    about = reading.identifier(data.get("id")) or reading.text(data.get("reference"), 120)
    if not about and (transaction := reading.text(data.get("transaction_reference"), 60)):
        refund = reading.text(data.get("refund_reference"))
        about = f"{transaction}+{refund[:60] if refund else body[:32]}"
    return f"{name}:{about}" if name and about else f"sha256:{body}"
