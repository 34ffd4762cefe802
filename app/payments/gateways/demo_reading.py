"""Read the demo bank's notices, which are checked and trusted no more than those of a real company."""

import hashlib
from collections.abc import Mapping
from typing import Final

from app.payments.gateways import reading
from app.payments.gateways.base import EventKind, WebhookEvent
from app.payments.gateways.demo_notice import PAID
from app.payments.gateways.moneyback import Dispute, DisputeState, RefundAnswer, RefundState, Resolution

_REFUNDS: Final[dict[str, RefundState]] = {
    "refund.processed": "processed",
    "refund.failed": "failed",
    "refund.needs_attention": "needs_attention",
}
_DISPUTES: Final[dict[str, DisputeState]] = {"dispute.opened": "awaiting_us", "dispute.resolved": "resolved"}
_RESOLUTIONS: Final[dict[str, Resolution]] = {"accepted": "accepted", "declined": "declined"}


def event(raw: bytes) -> WebhookEvent:
    """A notice whose signature was checked. Whatever cannot be read is an event of kind `other`."""
    try:
        body = reading.mapping(reading.parse(raw))
    except ValueError:
        body = {}
    name = reading.text(body.get("event"), 60) or ""
    data = reading.mapping(body.get("data"))
    kind = _kind(name)
    about = reading.identifier(data.get("id"))
    return WebhookEvent(
        kind=kind,
        name=name,
        reference=None if kind == "other" else reading.text(data.get("reference")),
        dedupe_key=f"{name}:{about}" if name and about else f"sha256:{hashlib.sha256(raw).hexdigest()}",
        mode="test",
        refund=_refund(name, data) if kind == "refund" else None,
        dispute=_dispute(name, data) if kind == "dispute" else None,
        raw=reading.facts(data, ("state", "amount", "currency", "category", "due_at", "resolution")),
    )


def _kind(name: str) -> EventKind:
    if name == PAID:
        return "payment"
    return "refund" if name in _REFUNDS else "dispute" if name in _DISPUTES else "other"


def _refund(name: str, data: Mapping[str, object]) -> RefundAnswer:
    return RefundAnswer(
        state=_REFUNDS[name],
        payment_reference=reading.text(data.get("reference")),
        provider_id=reading.identifier(data.get("id")),
        amount_minor=reading.amount(data.get("amount")),
        currency=reading.text(data.get("currency"), 8),
        note=reading.text(data.get("note")) or "",
    )


def _dispute(name: str, data: Mapping[str, object]) -> Dispute:
    return Dispute(
        state=_DISPUTES[name],
        provider_id=reading.identifier(data.get("id")),
        payment_reference=reading.text(data.get("reference")),
        amount_minor=reading.amount(data.get("amount")),
        currency=reading.text(data.get("currency"), 8),
        category=reading.text(data.get("category"), 60),
        due_at=reading.instant(data.get("due_at")),
        resolution=_RESOLUTIONS.get(reading.text(data.get("resolution"), 40) or ""),
    )
