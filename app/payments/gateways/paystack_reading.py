"""Read what Paystack says. Its own samples disagree about types, so nothing here trusts one."""

import hashlib
from collections.abc import Mapping
from typing import Final

from app.payments.gateways import paystack_money, reading
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
    """The `data` of a verify answer. `reversed` (refunded or charged back) counts as failed: nothing stays with us."""
    currency = reading.text(data.get("currency"), 8)
    authorization = reading.mapping(data.get("authorization"))
    return Verification(
        state=_STATES.get(str(data.get("status")), "unknown"),
        reference=reading.text(data.get("reference")),
        amount_minor=_money(data.get("amount"), currency),
        currency=currency,
        mode=_mode(data),
        fees_minor=_money(data.get("fees"), currency),
        paid_at=reading.instant(data.get("paid_at")) or reading.instant(data.get("paidAt")),
        channel=reading.text(data.get("channel"), 40),
        provider_id=reading.identifier(data.get("id")),
        payer_email=reading.text(reading.mapping(data.get("customer")).get("email"), 254),
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
    reference = _reference(kind, data)
    return WebhookEvent(
        kind=kind,
        name=name,
        reference=reference,
        dedupe_key=_dedupe_key(name, data, raw),
        mode=_mode(data),
        raw=reading.facts(data, _EVENT_FACTS),
    )


def _money(value: object, currency: str | None) -> int | None:
    subunits = reading.amount(value)
    return None if subunits is None or currency is None else paystack_money.from_subunits(subunits, currency)


def _mode(data: Mapping[str, object]) -> Mode | None:
    domain = data.get("domain")
    return "test" if domain == "test" else "live" if domain == "live" else None


def _kind(name: str) -> EventKind:
    if name == "charge.success":
        return "payment"
    if name.startswith("charge.dispute."):
        return "dispute"
    return "refund" if name.startswith("refund.") else "other"


def _reference(kind: EventKind, data: Mapping[str, object]) -> str | None:
    """The payment's reference; refunds and disputes name it in places of their own."""
    if kind == "payment":
        return reading.text(data.get("reference"))
    if kind == "other":
        return None
    transaction = reading.mapping(data.get("transaction"))
    return reading.text(data.get("transaction_reference")) or reading.text(transaction.get("reference"))


def _dedupe_key(name: str, data: Mapping[str, object], raw: bytes) -> str:
    """Paystack's events carry no id of their own: the event with its object's id, references, or the whole body."""
    about = reading.identifier(data.get("id")) or reading.text(data.get("reference"), 120)
    if not about and (transaction := reading.text(data.get("transaction_reference"), 60)):
        refund = reading.text(data.get("refund_reference"), 60)
        about = f"{transaction}+{refund}" if refund else transaction
    if name and about:
        return f"{name}:{about}"
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
