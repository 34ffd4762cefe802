"""What an event tells besides what happened to what: known facts, never words that somebody wrote. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.money import Money, MoneyError, json_money

_MONEY = frozenset({"amount", "taken", "total"})
_REFUND = ("refund_id", "payment_id", "amount", "method", "on_date")
_DISPUTE = ("dispute_id", "amount")
_SERVICE = ("invoice_id", "batch_id")
FACTS: Mapping[str, tuple[str, ...]] = {
    "invoice.issued": ("number", "total"),
    "invoice.sent": ("message_id", "kind", "channel"),
    "invoice.overdue": ("due", "amount"),
    "invoice.paid": (),
    "invoice.voided": ("number",),
    "invoice.credited": ("number", "credit_note_id", "credit_note", "amount"),
    "invoice.revised": ("number", "by"),
    "invoice.written_off": ("number", "amount"),
    "payment.recorded": ("number", "amount", "taken", "method", "paid", "flags"),
    "payment.reversed": ("amount",),
    "payment.refunded": _REFUND,
    "payment.refund_failed": _REFUND,
    "payment.refund_undone": _REFUND,
    "payment.failed": ("gateway", "amount"),
    "payment.disputed": _DISPUTE,
    "payment.dispute_closed": (*_DISPUTE, "outcome"),
    "client.created": ("kind",),
    "client.changed": (),
    "client.archived": (),
    "client.restored": (),
    "subscription.created": ("currency",),
    "subscription.changed": ("on", "invoice_id", "number"),
    "subscription.billed": ("period_start", "invoice_id", "number"),
    "subscription.paused": ("since", "until"),
    "subscription.resumed": ("on",),
    "subscription.cancelled": ("on",),
    "subscription.kept": (),
    "service.suspended": _SERVICE,
    "service.throttled": _SERVICE,
    "service.restored": _SERVICE,
}
"""What is told of each type. An amount is money as the API writes it."""


def told(type: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of the facts of an entry in the audit trail, those that are told; what is not known is left out."""
    known = {name: _money(name, facts) if name in _MONEY else facts.get(name) for name in FACTS.get(type, ())}
    return {name: value for name, value in known.items() if value is not None}


def _money(name: str, facts: Mapping[str, Any]) -> Any:
    minor, currency = facts.get(f"{name}_minor"), facts.get("currency")
    if minor is None or currency is None:
        return None
    try:
        return json_money(Money(minor, currency))
    except MoneyError:
        # What a payment company says of a dispute may be in a currency that nobody knows.
        return None
