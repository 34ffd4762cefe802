"""The newest events of a business in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from app.messages.rules import by
from app.money import Money

# verb: what happened to the invoice, and the ring or colour of its mark.
VERBS: dict[str, tuple[str, str, str]] = {
    "issued": ("issued", "open", ""),
    "sent": ("sent {by}", "is-open", "send"),
    "marked_sent": ("marked as sent", "is-open", "send"),
    "not_sent": ("could not be delivered", "is-over", "mail-x"),
    "voided": ("voided", "void", ""),
    "written_off": ("written off", "written_off", ""),
    "recovered": ("recovered", "is-open", "arrow-back-up"),
    "payment_recorded": ("", "paid", ""),
    "payment_reversed": ("payment undone", "is-over", "arrow-back-up"),
    "payment_failed": ("a payment failed", "is-over", "credit-card"),
    "credited": ("credited", "", "receipt-2"),
    "revised": ("replaced by another invoice", "", "rotate"),
    "credit_applied": ("settled from credit", "paid", ""),
    "card_paused": ("the bank wants the payment confirmed", "is-soon", "clock-pause"),
    "dispute_opened": ("payment disputed", "is-over", "alert-triangle"),
    "charged_back": ("taken back by the bank", "is-over", "arrow-back-up"),
    "money_held": ("a payment is held", "is-soon", "shield-exclamation"),
}
BY_WHOM = ("issued", "marked_sent", "voided", "written_off", "recovered")
METHODS = {
    "cash": "cash",
    "transfer": "bank transfer",
    "cheque": "cheque",
    "card_terminal": "card terminal",
    "mobile_money": "mobile money",
    "gateway": "paid online",
}


class Event(Protocol):
    """What is read of an audit event and of its invoice."""

    at: datetime
    actor_kind: str
    actor_name: str
    token_id: UUID | None
    verb: str
    facts: dict[str, Any]
    id: Any
    number: str | None
    buyer_name: str
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of news: whom, what, how much, when."""

    title: str
    text: str
    href: str
    money: Money
    at: datetime
    kind: str
    picture: str


def row(event: Event) -> Row:
    """An event about an invoice in words."""
    words, kind, picture = VERBS[event.verb]
    if event.verb == "payment_recorded":
        paid = bool(event.facts.get("paid"))
        words = METHODS.get(str(event.facts.get("method")), "payment") + ("" if paid else ", part paid")
        kind = "paid" if paid else "part_paid"
    elif event.facts.get("kind") == "card_problem":
        words = f"the message about the card {'was sent' if event.verb == 'sent' else 'could not be delivered'}"
    elif event.verb in BY_WHOM and event.actor_kind == "person" and event.actor_name:
        words += f" by {'a program of ' if event.token_id else ''}{event.actor_name.split()[0]}"
    words = words.replace("{by}", by(str(event.facts.get("channel") or "email")))
    name = event.number or "Draft"
    title = event.buyer_name or name
    return Row(title, f"{name}, {words}", f"/invoices/{event.id}/", _money(event), event.at, kind, picture)


def _money(event: Event) -> Money:
    """The amount the event is about, else the invoice's total."""
    minor, currency = event.facts.get("amount_minor"), event.facts.get("currency")
    if isinstance(minor, int) and isinstance(currency, str) and len(currency) == 3:
        return Money(minor, currency)
    return Money(event.total_minor, event.currency)
