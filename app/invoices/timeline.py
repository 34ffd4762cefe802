"""The audit trail of an invoice as sentences for its timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from babel import Locale
from babel.dates import format_skeleton

from app.auth.rules import who
from app.invoices.rules.terms import days_words
from app.messages.rules import NOUNS, by
from app.money import Money, MoneyError, format_money


class Event(Protocol):
    """What a timeline needs of an audit event."""

    at: datetime
    actor_kind: str
    actor_name: str
    token_id: UUID | None
    token_name: str | None
    verb: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: what happened, details, when, and its ring or picture."""

    title: str
    text: str
    at: datetime
    kind: str = ""
    picture: str = ""


_LOOKS: dict[str, tuple[str, str, str]] = {
    "drafted": ("Draft begun", "", "pencil"),
    "issued": ("Issued", "", "rubber-stamp"),
    "voided": ("Voided", "void", ""),
    "written_off": ("Written off", "written_off", ""),
    "recovered": ("Recovered, owed again", "is-open", "arrow-back-up"),
    "duplicated": ("Copied into a new draft", "", "copy"),
    "send_requested": ("Put into the outbox", "", "mail-forward"),
    "sent": ("Sent", "is-open", "send"),
    "not_sent": ("Not sent", "failed", ""),
    "not_needed": ("Not needed any more", "void", ""),
    "reminded": ("Reminder put into the outbox", "", "bell"),
    "not_reminded": ("No reminder: nobody can be reached", "failed", ""),
    "reminder_skipped": ("Reminder left out", "", "bell"),
    "reminder_postponed": ("Reminder postponed", "", "clock-pause"),
    "held_reminders": ("Reminders held", "", "clock-pause"),
    "let_reminders_go": ("Reminders go out again", "", "bell"),
    "took_back": ("Taken back before it left", "", "arrow-back-up"),
    "marked_sent": ("Marked as sent", "is-open", "send"),
    "made_link": ("Customer link made", "", "link"),
    "revoked_link": ("Customer link closed", "", "link-off"),
    "opened_whatsapp": ("WhatsApp message opened", "", "brand-whatsapp"),
    "attached": ("File attached", "", "paperclip"),
    "detached": ("File taken off", "", "paperclip"),
    "seen": ("Seen by the client", "is-open", "eye"),
    "became_overdue": ("Became overdue", "overdue", ""),
    "payment_recorded": ("Payment recorded", "part", ""),
    "payment_received": ("Payment received", "part", ""),
    "payment_failed": ("Payment did not go through", "failed", ""),
    "payment_reversed": ("Payment undone", "", "arrow-back-up"),
    "credit_applied": ("Credit used", "part", ""),
    "credit_released": ("Credit taken off again", "", "arrow-back-up"),
    "credited": ("Credited", "", "receipt-2"),
    "credit_note_voided": ("Credit note voided", "void", ""),
    "refunded": ("Given back", "", "arrow-back-up"),
    "refund_done": ("Arrived back", "paid", ""),
    "refund_failed": ("Could not be given back", "failed", ""),
    "settled_again": ("Settled again", "part", ""),
    "refund_reversed": ("Refund undone", "", "arrow-back-up"),
    "charged_back": ("Taken back by the bank", "failed", ""),
    "dispute_opened": ("Disputed by the customer", "", "alert-triangle"),
    "dispute_won": ("Dispute decided for us", "paid", ""),
    "dispute_lost": ("Dispute lost", "failed", ""),
    "card_charged": ("Saved card is being charged", "", "credit-card"),
    "card_not_charged": ("The saved card could not be charged", "failed", ""),
    "said_not_paid": ("Said to be not paid", "failed", ""),
    "card_paused": ("The bank wants the customer to confirm", "", "clock-pause"),
    "revision_begun": ("Revision begun", "", "rotate"),
    "revised": ("Replaced by another invoice", "", "rotate"),
    "paid": ("Paid in full", "paid", ""),
    "late_fee": ("Late fee billed", "", "receipt-2"),
    "is_late_fee": ("Made as a late fee", "", "receipt-2"),
    "warned": ("Warned of a cut", "", "bell"),
    "not_warned": ("No warning: nobody can be reached", "failed", ""),
    "service_cut": ("Service cut", "void", ""),
    "promised": ("Payment promised", "", "calendar-event"),
    "promise_kept": ("Promise kept", "paid", ""),
    "promise_broken": ("Promise broken", "failed", ""),
}
_CUTS = {"throttle": "Slowed down", "suspend": "Suspended", "cancel": "Cancelled"}
_METHODS = {
    "cash": "cash",
    "transfer": "bank transfer",
    "cheque": "cheque",
    "card_terminal": "card terminal",
    "mobile_money": "mobile money",
    "gateway": "online",
    "credit": "credit",
}
_NAMES_ITS_AMOUNT = (
    "payment",
    "credit",
    "written_off",
    "recovered",
    "refund",
    "charged",
    "dispute",
    "card",
    "said",
    "settled",
    "late_fee",
    "promise",
)
_MESSAGES = {"receipt": "Receipt", "reminder": "Reminder", "card_problem": "Message about the card"}


def moments(events: Iterable[Event], locale: str = "en") -> list[Moment]:
    """The entries of a timeline, in the order of the events."""
    return [_moment(event, locale) for event in events]


def _moment(event: Event, locale: str) -> Moment:
    verb = event.verb.removeprefix("invoice.")
    title, kind, picture = _LOOKS.get(verb, (verb.replace("_", " ").replace(".", " ").capitalize(), "", "history"))
    facts = event.facts
    if verb == "payment_recorded" and facts.get("method") == "gateway":
        title = "Payment received"
    if verb == "service_cut":
        title = _CUTS.get(str(facts.get("kind")), title)
    amount = _amount(facts, locale)
    if amount and verb.startswith(_NAMES_ITS_AMOUNT):
        title = f"{title}: {amount}"
    if verb in ("send_requested", "sent", "not_sent", "took_back", "not_needed"):
        title = _message(verb, facts)
    return Moment(title, ", ".join(_details(event, verb, locale)), event.at, kind, picture)


def _message(verb: str, facts: Mapping[str, Any]) -> str:
    """What became of a message: of which kind, by which channel. What was noted before texts were sent is an e-mail."""
    name = _MESSAGES.get(str(facts.get("kind")).split("_")[0], _MESSAGES.get(str(facts.get("kind"))))
    channel = str(facts.get("channel") or "email")
    noun = NOUNS.get(channel, channel)
    if verb == "send_requested":
        return f"{noun[0].upper()}{noun[1:]} put into the outbox"
    if verb == "took_back":
        return f"{name or noun[0].upper() + noun[1:]} taken back before it left"
    if verb == "sent":
        return f"{name or 'Sent'}{' sent' if name else ''} {by(channel)}"
    if verb == "not_needed":
        return f"The {name[0].lower() + name[1:] if name else noun} was not needed any more"
    return f"The {name[0].lower()}{name[1:]} did not get out {by(channel)}" if name else f"The {noun} did not get out"


def _details(event: Event, verb: str, locale: str) -> list[str]:
    facts = event.facts
    said = _step(facts, verb, locale) if "days" in facts else []
    if event.actor_kind == "person" and event.actor_name:
        said.append(f"by {who(event.actor_name, event.token_id, event.token_name)}")
    if verb == "issued" and facts.get("number"):
        said.insert(0, f"as {facts['number']}")
    if verb in ("credit_applied", "credit_released") and facts.get("number"):
        said.insert(0, f"{'for' if verb == 'credit_applied' else 'from'} {facts['number']}")
    if verb == "send_requested" and facts.get("recipients"):
        many = facts["recipients"]
        said.append("to one address" if many == 1 else f"to {many} addresses")
    if facts.get("through") or facts.get("method"):
        said.append(f"through {facts['through']}" if facts.get("through") else _METHODS.get(str(facts["method"]), ""))
    said += [str(facts["credit_note"])] if facts.get("credit_note") else []
    if facts.get("reference"):
        said.append(f"reference {facts['reference']}")
    if facts.get("last4"):
        said.append(f"card ending in {facts['last4']}")
    if facts.get("until") and "days" not in facts:
        said.append(f"until {_day(facts['until'], locale)}")
    said += [str(facts["reason"])] if facts.get("reason") else []
    return [part for part in said if part]


def _step(facts: Mapping[str, Any], verb: str, locale: str) -> list[str]:
    """Which step of the ladder it is about, and its days."""
    if verb in ("late_fee", "is_late_fee", "service_cut"):
        named = {"late_fee": [f"as {facts.get('number')}"], "is_late_fee": [f"on {facts.get('of')}"]}
        return [*named.get(verb, []), f"{facts['days']} days overdue"]
    if verb in ("warned", "not_warned"):
        return [f"planned for {_day(facts.get('on'), locale)} at the earliest"]
    planned, until = _day(facts.get("on"), locale), _day(facts.get("until"), locale)
    said = [f"the one {days_words(int(facts['days']))}"]
    if verb == "reminder_postponed" and until:
        said.append(f"from {planned} to {until}" if planned else f"to {until}")
    elif planned:
        said.append(f"planned for {planned}")
    return said


def _day(value: object, locale: str) -> str:
    """A day that was noted as 2026-12-20, as people write it."""
    try:
        day = date.fromisoformat(str(value or ""))
    except ValueError:
        return ""
    tag = "en_GB" if locale.lower() in ("", "en") else locale.replace("-", "_")
    return str(format_skeleton("yMMMd", day, locale=Locale.parse(tag)))


def _amount(facts: Mapping[str, Any], locale: str) -> str:
    minor = facts.get("amount_minor", facts.get("minor"))
    if not isinstance(minor, int) or "currency" not in facts:
        return ""
    try:
        return format_money(Money(minor, str(facts["currency"])), locale)
    except MoneyError:
        return ""
