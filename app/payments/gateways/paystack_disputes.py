"""Disputes at Paystack, as a notice or the API describes them."""

from collections.abc import Mapping
from typing import Final

from app.payments.gateways import paystack_answers, paystack_money, reading
from app.payments.gateways.calls import Caller
from app.payments.gateways.errors import GatewayError
from app.payments.gateways.moneyback import Dispute, DisputeState, Resolution

_STATES: Final[dict[str, DisputeState]] = {
    "awaiting-merchant-feedback": "awaiting_us",
    "awaiting-bank-feedback": "awaiting_bank",
    "pending": "pending",
    "resolved": "resolved",
    "archived": "resolved",
}
_RESOLUTIONS: Final[dict[str, Resolution]] = {
    "merchant-accepted": "accepted",
    "accepted": "accepted",
    "auto-accepted": "accepted_by_silence",
    "declined": "declined",
}


def find(api: Caller, provider_id: str) -> Dispute:
    """One dispute; see `Gateway.find_dispute`."""
    if not (provider_id.isascii() and provider_id.isdigit()):
        return Dispute("unknown")
    status, body = api.call("GET", f"/dispute/{provider_id}")
    if paystack_answers.is_missing(status, body):
        return Dispute("unknown")
    dispute = read(paystack_answers.data(status, body))
    if dispute.provider_id is None:
        raise GatewayError(paystack_answers.UNCLEAR)
    return dispute


def read(data: Mapping[str, object]) -> Dispute:
    """A dispute. One with a status nobody has heard of is `pending`: it is there, and not over."""
    currency = reading.text(data.get("currency"), 8)
    transaction = reading.mapping(data.get("transaction"))
    resolution = _RESOLUTIONS.get(reading.text(data.get("resolution"), 40) or "")
    return Dispute(
        state=_STATES.get(reading.text(data.get("status"), 40) or "", "pending"),
        provider_id=reading.identifier(data.get("id")),
        payment_reference=reading.text(transaction.get("reference"))
        or reading.text(data.get("merchant_transaction_reference"))
        or reading.text(data.get("transaction_reference")),
        amount_minor=paystack_money.read(data.get("refund_amount"), currency),
        currency=currency,
        category=reading.text(data.get("category"), 60),
        due_at=reading.instant(data.get("dueAt")) or reading.instant(data.get("due_at")),
        opened_at=reading.instant(data.get("createdAt")) or reading.instant(data.get("created_at")),
        resolved_at=reading.instant(data.get("resolvedAt")) or reading.instant(data.get("resolved_at")),
        resolution=resolution,
    )
