"""The activity of a client in words: what the audit trail keeps about the client and its documents. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.auth.rules import who
from app.messages.rules import by
from app.money import Money, format_money

# (kind of object, verb): the sentence, the colour of its mark, the picture in it.
_WORDS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("client", "created"): ("Became a client", "is-open", "user-plus"),
    ("client", "changed"): ("Details changed", "", "pencil"),
    ("client", "archived"): ("Archived", "", "archive"),
    ("client", "restored"): ("Brought back", "is-open", "arrow-back-up"),
    ("client", "made_link"): ("Link to the statement made", "", "link"),
    ("statement", "send_requested"): ("Statement on its way by e-mail", "is-open", "send"),
    ("statement", "sent"): ("Statement sent", "is-open", "send"),
    ("statement", "not_sent"): ("The statement could not be sent", "is-over", "mail-x"),
    ("statement", "seen"): ("Statement opened", "is-open", "eye"),
    ("message", "trusted_address"): ("Said to work again, and used again", "", "mail-check"),
    ("client", "trusted_address"): ("Said to work again, and used again", "", "mail-check"),
    ("client", "wrote_stop"): ("Wrote stop {by}: nothing more is sent there", "is-over", "mail-off"),
    ("client", "wrote_start"): ("Wrote start {by}: messages go there again", "is-open", "mail-check"),
    ("invoice", "drafted"): ("Draft begun", "draft", ""),
    ("invoice", "deleted_draft"): ("Draft deleted", "", "trash"),
    ("invoice", "duplicated"): ("{} copied to a new draft", "", "copy"),
    ("invoice", "issued"): ("{} issued", "open", ""),
    ("invoice", "send_requested"): ("{} on its way {by}", "is-open", "send"),
    ("invoice", "took_back"): ("{} taken back before it left {by}", "", "arrow-back-up"),
    ("payment", "took_back"): ("Receipt taken back before it left {by}", "", "arrow-back-up"),
    ("statement", "took_back"): ("Statement taken back before it left", "", "arrow-back-up"),
    ("invoice", "sent"): ("{} sent", "is-open", "send"),
    ("invoice", "marked_sent"): ("{} marked as sent", "is-open", "send"),
    ("invoice", "opened_whatsapp"): ("{} opened in WhatsApp", "is-open", "brand-whatsapp"),
    ("invoice", "made_link"): ("Link to {} made", "", "link"),
    ("invoice", "voided"): ("{} voided", "void", ""),
    ("invoice", "written_off"): ("{} written off", "written_off", ""),
    ("invoice", "recovered"): ("{} recovered", "is-open", "arrow-back-up"),
    ("invoice", "attached"): ("File attached to {}", "", "paperclip"),
    ("invoice", "detached"): ("File taken off {}", "", "paperclip"),
    ("invoice", "not_sent"): ("{} could not be sent", "is-over", "mail-x"),
    ("invoice", "credit_applied"): ("Credit used for {}", "is-paid", "coin"),
    ("client", "set_channels"): ("How they are written to was changed", "", "pencil"),
    ("subscription", "created"): ("Subscription agreed on", "is-open", "refresh"),
    ("subscription", "changed"): ("Subscription changed", "", "pencil"),
    ("subscription", "paused"): ("Subscription paused", "waiting", ""),
    ("subscription", "resumed"): ("Subscription goes on again", "is-open", "arrow-back-up"),
    ("subscription", "cancelled"): ("Subscription cancelled", "void", ""),
    ("subscription", "kept"): ("Cancelling of a subscription called off", "is-open", "arrow-back-up"),
    ("client", "card_saved"): ("Card saved for automatic payment", "is-open", "credit-card"),
    ("client", "card_removed"): ("Saved card removed", "", "credit-card"),
    ("client", "card_refused"): ("Saved card can no longer be charged", "is-over", "credit-card"),
    ("invoice", "card_charged"): ("Saved card is being charged for {}", "", "credit-card"),
    ("invoice", "card_not_charged"): ("The saved card could not be charged for {}", "is-over", "credit-card"),
    ("invoice", "card_paused"): ("The bank wants a payment of {} confirmed", "is-soon", "clock-pause"),
    ("payment", "charged_back"): ("Taken back by the bank", "is-over", "arrow-back-up"),
    ("payment", "dispute_opened"): ("Payment disputed", "is-over", "alert-triangle"),
    ("payment", "dispute_won"): ("Dispute decided for us", "paid", ""),
    ("payment", "dispute_lost"): ("Dispute lost", "is-over", "alert-triangle"),
    ("invoice", "payment_failed"): ("A payment of {} did not go through", "is-over", "credit-card"),
    ("payment", "payment_recorded"): ("Payment received", "paid", ""),
    ("payment", "payment_reversed"): ("Payment undone", "is-over", "arrow-back-up"),
    ("payment", "refunded"): ("Money given back", "", "arrow-back-up"),
    ("payment", "refund_done"): ("Refund arrived", "paid", ""),
    ("payment", "refund_failed"): ("Refund failed", "is-over", "arrow-back-up"),
    ("credit_note", "refund_done"): ("Refund arrived", "paid", ""),
    ("credit_note", "refund_failed"): ("Refund failed", "is-over", "arrow-back-up"),
    ("payment", "refund_reversed"): ("Refund undone", "", "arrow-back-up"),
    ("credit_note", "credited"): ("{} issued, a credit note", "open", ""),
    ("credit_note", "credit_note_voided"): ("{} voided, a credit note", "void", ""),
    ("credit_note", "refunded"): ("Credit given back", "", "arrow-back-up"),
    ("credit_note", "refund_reversed"): ("Refund undone", "", "arrow-back-up"),
    ("invoice", "revision_begun"): ("Revision of {} begun", "", "rotate"),
    ("invoice", "revised"): ("{} replaced by another invoice", "", "rotate"),
}
# A payment is told once, as a payment; its invoice's own timeline has these.
_TWICE = {
    ("subscription", "billed"),
    ("invoice", "payment_recorded"),
    ("invoice", "payment_reversed"),
    ("invoice", "credited"),
    ("invoice", "credit_note_voided"),
    ("invoice", "credit_released"),
    ("payment", "credit_applied"),
    ("payment", "credit_released"),
    ("credit_note", "credit_applied"),
    ("invoice", "refunded"),
    ("invoice", "settled_again"),
    ("invoice", "charged_back"),
    ("invoice", "dispute_opened"),
    ("invoice", "dispute_won"),
    ("invoice", "dispute_lost"),
}
_FIELDS = {"tax_id": "tax number", "terms_days": "terms", "email": "e-mail"}


class Event(Protocol):
    """What is read of an audit event."""

    at: datetime
    actor_name: str
    actor_kind: str
    token_id: uuid.UUID | None
    token_name: str | None
    verb: str
    object_kind: str
    object_id: uuid.UUID | None
    facts: dict[str, Any]
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One row of a timeline."""

    title: str
    text: str
    kind: str
    picture: str
    at: datetime


def tell(events: Iterable[tuple[Event, str | None]]) -> list[Told]:
    """Events in words, in their order, each with the number of the invoice it is about, if any."""
    return [_told(event, number) for event, number in events if (event.object_kind, event.verb) not in _TWICE]


def _told(event: Event, number: str | None) -> Told:
    unknown = (f"{event.object_kind} {event.verb}".replace("_", " ").capitalize(), "", "history")
    sentence, kind, picture = _WORDS.get((event.object_kind, event.verb), unknown)
    about, channel = event.facts.get("number") or number or "invoice", str(event.facts.get("channel") or "email")
    title = sentence.format(about, by=by(channel))
    return Told(title[0].upper() + title[1:], _details(event), kind, picture, event.at)


def _details(event: Event) -> str:
    person = who(event.actor_name, event.token_id, event.token_name)
    by_whom = person or {"customer": "The customer", "system": "Duely"}.get(event.actor_kind, "")
    addresses = ", ".join(str(address) for address in event.facts.get("addresses", ()))
    said = [addresses, by_whom, _amount(event.facts), str(event.facts.get("reason") or ""), _changed(event)]
    return ", ".join(part for part in said if part)


def _amount(facts: Mapping[str, Any]) -> str:
    minor, currency = facts.get("total_minor", facts.get("amount_minor")), facts.get("currency")
    if not isinstance(minor, int) or not isinstance(currency, str):
        return ""
    return format_money(Money(minor, currency))


def _changed(event: Event) -> str:
    if event.object_kind != "client":
        return ""
    names = [_FIELDS.get(name, name) for name in event.changes]
    names += [name for name in ("contacts", "tags") if event.facts.get(name) is True]
    return "changed " + ", ".join(names) if names else ""
