"""What may be promised, and whether it was kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.billing.rules.dunning import Terms

FURTHEST = 365
"""Days ahead that staff may note a promise for."""


@dataclass(frozen=True, slots=True)
class Record:
    """The promises of a client: open ones, all of a year, and how many were kept and broken ever.

    `open_here` and `broken_here` count those about one invoice, with those about all that the client owes.
    """

    open: int = 0
    this_year: int = 0
    kept: int = 0
    broken: int = 0
    open_here: int = 0
    broken_here: int = 0


def why_not(record: Record, terms: Terms) -> str:
    """Why a customer may promise nothing now, in a sentence for them; empty when they may."""
    if not terms.enabled or not terms.promise_days:
        return "Promises are not taken here. Please talk to us."
    if record.broken_here:
        return "What was promised for this invoice did not come in time, so please talk to us about another day."
    if record.open_here or record.open >= terms.promises_open:
        return "You have promised a payment already. Please talk to us if that has changed."
    if record.this_year >= terms.promises_a_year:
        return "You have promised as often as can be promised here in a year. Please talk to us."
    return ""


def latest(terms: Terms, today: date) -> date:
    """The last day that a customer may promise to pay by."""
    return today + timedelta(days=terms.promise_days)


def least(owed_minor: int, terms: Terms) -> int:
    """The least that a customer may promise, in minor units: a part of what is owed, rounded up."""
    return -(-owed_minor * terms.promise_percent // 100)


def outcome(promised_minor: int, came_minor: int, until: date, today: date, *, owed: bool) -> str:
    """Whether a promise is "kept" or "broken", "moot" (nothing is owed any more without a payment), or "" for open."""
    if came_minor >= promised_minor:
        return "kept"
    if not owed:
        return "moot"
    return "broken" if until < today else ""
