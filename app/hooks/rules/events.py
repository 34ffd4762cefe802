"""What others can be told of, and where. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app.errors import Invalid

EVENTS: Mapping[str, str] = {
    "invoice.issued": "An invoice was issued",
    "invoice.sent": "An invoice was accepted by the mail server or the phone company",
    "invoice.overdue": "An invoice became overdue",
    "invoice.paid": "An invoice is paid",
    "invoice.voided": "An invoice was voided",
    "invoice.credited": "A credit note was made for an invoice",
    "invoice.revised": "An invoice was replaced by another",
    "invoice.written_off": "An invoice was written off",
    "payment.recorded": "Money came, or was written down",
    "payment.reversed": "A payment was undone",
    "payment.refunded": "Money was given back",
    "payment.refund_failed": "Money could not be given back",
    "payment.refund_undone": "A refund that was written down was undone",
    "payment.failed": "An online payment did not go through",
    "payment.disputed": "A payment is disputed",
    "payment.dispute_closed": "A dispute was decided",
    "client.created": "A client was added",
    "client.changed": "A client was changed",
    "client.archived": "A client was archived",
    "client.restored": "A client was brought back",
    "subscription.created": "A subscription was agreed on",
    "subscription.changed": "A subscription, or what is paid for, was changed",
    "subscription.billed": "A period of a subscription was billed",
    "subscription.paused": "A subscription is paused, or will be",
    "subscription.resumed": "A subscription goes on again",
    "subscription.cancelled": "A subscription was cancelled",
    "subscription.kept": "A cancellation was called off",
    "service.suspended": "A service is suspended",
    "service.throttled": "A service is slowed down",
    "service.restored": "A service is back to normal",
}
"""What one can be told of, by its type."""
_GIVING_BACK = {
    "refunded": "payment.refunded",
    "refund_done": "payment.refunded",
    "refund_failed": "payment.refund_failed",
    "refund_reversed": "payment.refund_undone",
}
_DISPUTES = {
    "dispute_opened": "payment.disputed",
    "dispute_won": "payment.dispute_closed",
    "dispute_lost": "payment.dispute_closed",
}
# Each is written once about what it concerns, and once about every invoice beside it; the latter is not told.
TYPES: Mapping[tuple[str, str], str] = {
    ("invoice", "issued"): "invoice.issued",
    ("invoice", "sent"): "invoice.sent",
    ("invoice", "became_overdue"): "invoice.overdue",
    ("invoice", "voided"): "invoice.voided",
    ("invoice", "credited"): "invoice.credited",
    ("invoice", "revised"): "invoice.revised",
    ("invoice", "written_off"): "invoice.written_off",
    ("invoice", "payment_failed"): "payment.failed",
    ("payment", "payment_recorded"): "payment.recorded",
    ("payment", "payment_reversed"): "payment.reversed",
    **{(kind, verb): type for kind in ("payment", "credit_note") for verb, type in _GIVING_BACK.items()},
    **{(kind, verb): type for kind in ("payment", "dispute") for verb, type in _DISPUTES.items()},
    ("client", "created"): "client.created",
    ("client", "changed"): "client.changed",
    ("client", "archived"): "client.archived",
    ("client", "restored"): "client.restored",
    ("subscription", "created"): "subscription.created",
    ("subscription", "changed"): "subscription.changed",
    ("subscription", "changed_things"): "subscription.changed",
    ("subscription", "billed"): "subscription.billed",
    ("subscription", "paused"): "subscription.paused",
    ("subscription", "resumed"): "subscription.resumed",
    ("subscription", "cancelled"): "subscription.cancelled",
    ("subscription", "kept"): "subscription.kept",
    ("subscription", "suspended"): "service.suspended",
    ("subscription", "throttled"): "service.throttled",
    ("subscription", "restored"): "service.restored",
}
"""Which entries of the audit trail, by kind and verb, are events."""
READS = {
    "invoice": "invoices:read",
    "payment": "payments:read",
    "client": "clients:read",
    "subscription": "billing:read",
    "service": "billing:read",
}
"""What a token has to be good for that may be told, by the first word of a type."""
MOST = 10
"""Endpoints of one business."""


def type_of(kind: str, verb: str, facts: Mapping[str, Any]) -> str | None:
    """Which event an entry of the audit trail is, None for most. A refund that was only asked for is none yet."""
    if verb == "refunded" and facts.get("state") != "done":
        return None
    return TYPES.get((kind, verb))


def unread(events: Sequence[str], scopes: Collection[str]) -> list[str]:
    """The types among `events` (none: among all) about things that nobody with these scopes may read."""
    return [type for type in events or EVENTS if READS[type.partition(".")[0]] not in scopes]


@dataclass(frozen=True, slots=True)
class EndpointValues:
    """An endpoint as typed. Without `events` it wants all, and one named twice is one. Raises Invalid."""

    url: str
    description: str = ""
    events: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what can never be called."""
        check_url(self.url)
        unknown = [one for one in self.events if one not in EVENTS]
        if unknown:
            raise Invalid("events", f"There is no event {unknown[0]!r}.")
        object.__setattr__(self, "events", tuple(sorted(set(self.events))))


def check_url(url: str) -> None:
    """Raise Invalid for an address that is no https address of the usual kind."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        raise Invalid("url", "Enter the https address that is to be told, like https://example.com/duely.")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that others may want to know."""

    business_id: uuid.UUID
    kind: str
    object_id: uuid.UUID
    client_id: uuid.UUID | None
    facts: Mapping[str, Any]
    at: datetime
