"""The audit trail of a subscription as sentences for its timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from babel.dates import format_skeleton


class Event(Protocol):
    """What a timeline needs of an audit event."""

    at: datetime
    actor_kind: str
    actor_name: str
    verb: str
    facts: Mapping[str, Any]
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: what happened, details, when, and its ring or picture."""

    title: str
    text: str
    at: datetime
    kind: str = ""
    picture: str = ""


_LOOKS: dict[str, tuple[str, str, str]] = {
    "created": ("Agreed on", "is-open", "refresh"),
    "billed": ("Billed", "open", ""),
    "paused": ("Paused", "waiting", ""),
    "resumed": ("Goes on again", "is-open", "arrow-back-up"),
    "cancelled": ("Cancelled", "void", ""),
    "kept": ("Cancelling called off", "is-open", "arrow-back-up"),
    "changed": ("Changed", "", "pencil"),
}
_FIELDS = {
    "terms_days": "payment terms",
    "po_number": "order number",
    "notes": "note",
    "apart": "invoice of its own",
}


def moments(events: Iterable[Event], locale: str = "en") -> list[Moment]:
    """The entries of a timeline, in the order of the events."""
    return [_moment(event, locale) for event in events]


def _moment(event: Event, locale: str) -> Moment:
    title, kind, picture = _LOOKS.get(event.verb, (event.verb.replace("_", " ").capitalize(), "", "history"))
    return Moment(title, ", ".join(_details(event, locale)), event.at, kind, picture)


def _details(event: Event, locale: str) -> list[str]:
    facts, said = event.facts, []
    if event.verb == "billed":
        said.append(f"on {facts.get('number')}, the period from {_day(facts.get('period_start'), locale)}")
    if event.verb == "paused":
        said.append(f"from {_day(facts.get('since'), locale)}")
        said += [f"goes on again on {_day(facts['until'], locale)}"] if facts.get("until") else []
    if event.verb == "resumed":
        said.append(f"from {_day(facts.get('on'), locale)}")
    if event.verb == "cancelled":
        said.append(f"last day {_day(facts.get('on'), locale, before=1)}")
    if event.verb == "changed" and event.changes:
        said.append(", ".join(_FIELDS.get(name, name) for name in event.changes))
    said += [str(facts["reason"])] if facts.get("reason") else []
    said += [f"by {event.actor_name}"] if event.actor_kind == "person" and event.actor_name else []
    return said


def _day(text: object, locale: str, before: int = 0) -> str:
    """A stored date, or one so many days before it, as people say it."""
    try:
        day = date.fromisoformat(str(text)) - timedelta(days=before)
    except ValueError:
        return str(text)
    return str(format_skeleton("yMMMd", day, locale=locale.replace("-", "_")))
