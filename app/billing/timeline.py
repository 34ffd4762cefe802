"""The audit trail of a subscription as sentences for its timeline. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from app.auth.rules import who
from app.invoices import timeline as invoices
from app.invoices.timeline import Moment

Day = Callable[[date], str]
"""How a date is said."""


class Event(invoices.Event, Protocol):
    """What a timeline needs of an audit event."""

    changes: Mapping[str, Any]


_LOOKS: dict[str, tuple[str, str, str]] = {
    "created": ("Agreed on", "is-open", "refresh"),
    "billed": ("Billed", "open", ""),
    "paused": ("Paused", "waiting", ""),
    "resumed": ("Goes on again", "is-open", "arrow-back-up"),
    "suspended": ("Suspended", "void", ""),
    "throttled": ("Throttled", "waiting", ""),
    "restored": ("Restored", "is-open", "arrow-back-up"),
    "ended_suspended": ("Over while it was suspended", "void", ""),
    "connected": ("Put on a router", "", "plug-connected"),
    "disconnected": ("Taken off its router", "", "plug-connected"),
    "service_changed": ("Service record changed", "", "pencil"),
    "switched_again": ("Switched again on the network", "", "refresh"),
    "followed": ("Switched on the network", "", "refresh"),
    "cancelled": ("Cancelled", "void", ""),
    "kept": ("Cancelling called off", "is-open", "arrow-back-up"),
    "changed": ("Changed", "", "pencil"),
    "changed_things": ("What is paid for changed", "is-open", "switch-horizontal"),
    "called_off": ("Change called off", "void", "arrow-back-up"),
    "decided": ("Decided on in a billing run", "", "pencil"),
    "parked": ("Parked: nothing is billed until somebody lets go", "over", ""),
    "reversed": ("Billing reversed", "void", ""),
}
_RUNS: dict[str, tuple[str, str, str]] = {
    "started": ("Started", "is-open", "calendar-repeat"),
    "planned": ("Planned", "open", ""),
    "planned_again": ("Planned again", "is-open", "refresh"),
    "approved": ("Approved", "part", ""),
    "posted": ("Posted", "paid", ""),
    "sent": ("Messages handed over", "is-paid", "send"),
    "reverse_asked": ("Reversing asked for", "is-soon", "arrow-back-up"),
    "reversed": ("Reversed", "void", ""),
    "discarded": ("Discarded", "idle", ""),
}
_FIELDS = {
    "name": "name",
    "terms_days": "payment terms",
    "po_number": "order number",
    "notes": "note",
    "apart": "invoice of its own",
}


def moments(events: Iterable[Event], day: Day) -> list[Moment]:
    """The entries of a timeline, in the order of the events."""
    return [_moment(event, day) for event in events]


def run_moments(events: Iterable[Event], day: Day) -> list[Moment]:
    """The same for a billing run."""
    made = []
    for event in events:
        title, kind, picture = _RUNS.get(event.verb, (event.verb.replace("_", " ").capitalize(), "", "history"))
        made.append(Moment(title, ", ".join(_run_details(event)), event.at, kind, picture))
    return made


def _run_details(event: Event) -> list[str]:
    facts, said = event.facts, []
    if event.verb == "planned":
        many = facts.get("entries", 0)
        said.append(f"{many} {'entry' if many == 1 else 'entries'}, {facts.get('odd', 0)} odd")
    if event.verb == "posted" and facts.get("failed"):
        said.append(f"{facts['failed']} could not be billed")
    said += [str(facts["reason"])] if facts.get("reason") else []
    said += _by(event)
    said += ["by itself"] if event.verb == "approved" and event.actor_kind != "person" else []
    return said


def _moment(event: Event, day: Day) -> Moment:
    title, kind, picture = _LOOKS.get(event.verb, (event.verb.replace("_", " ").capitalize(), "", "history"))
    return Moment(title, ", ".join(_details(event, day)), event.at, kind, picture)


def _details(event: Event, day: Day) -> list[str]:
    facts, said = event.facts, []
    if event.verb == "billed":
        said.append(f"on {facts.get('number')}, the period from {_day(facts.get('period_start'), day)}")
    if event.verb in ("decided", "reversed"):
        said.append(f"the period from {_day(facts.get('period_start'), day)}")
    if event.verb == "paused":
        said.append(f"from {_day(facts.get('since'), day)}")
        said += [f"goes on again on {_day(facts['until'], day)}"] if facts.get("until") else []
        said += [f"{facts['credited']} credited"] if facts.get("credited") else []
    if event.verb in ("changed_things", "called_off"):
        said.append(f"{facts.get('what')}, from {_day(facts.get('on'), day)}")
        said += [f"{facts['credited']} credited"] if facts.get("credited") else []
        said += [f"billed on {facts['number']}"] if facts.get("number") else []
    if event.verb == "resumed":
        said.append(f"from {_day(facts.get('on'), day)}")
    if event.verb == "cancelled":
        said.append(f"last day {_day(facts.get('on'), day, before=1)}")
        said += [f"{facts['credited']} credited"] if facts.get("credited") else []
    if event.verb == "changed" and event.changes:
        said.append(", ".join(_FIELDS.get(name, name) for name in event.changes))
    if event.verb in ("restored", "ended_suspended"):
        said += [f"{facts['credited']} credited for days without service"] if facts.get("credited") else []
        said += [f"days without service not credited: {facts['not_credited']}"] if facts.get("not_credited") else []
    said += [str(facts["router"])] if event.verb == "connected" and facts.get("router") else []
    said += [str(facts["reason"])] if facts.get("reason") else []
    said += _by(event)
    return said


def _by(event: Event) -> list[str]:
    by_hand = event.actor_kind == "person" and event.actor_name
    return [f"by {who(event.actor_name, event.token_id, event.token_name)}"] if by_hand else []


def _day(text: object, words: Day, before: int = 0) -> str:
    """A stored date, or one so many days before it, as people say it."""
    try:
        day = date.fromisoformat(str(text)) - timedelta(days=before)
    except ValueError:
        return str(text)
    return words(day)
