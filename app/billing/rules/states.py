"""The states of a subscription, computed from its facts, and the table of what may be done in which. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from app.errors import Conflict

State = Literal["trial", "active", "past_due", "suspended", "paused", "cancelled", "ended"]
STATES: tuple[State, ...] = get_args(State)


class WrongMove(Conflict):
    """This subscription is not in a state that allows that."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the state of a subscription follows from. Dates are the first day on which something holds.

    `ends_on` is the first day without it; `cancelled`: that day came by cancelling and not by agreement. `overdue`: an
    invoice of it is owed and past its due date.
    """

    trial_until: date | None = None
    ends_on: date | None = None
    cancelled: bool = False
    paused: bool = False
    suspended: bool = False
    overdue: bool = False


def state(facts: Facts, today: date) -> State:
    """The first that holds of cancelled or ended, paused, suspended, trial, past due, active."""
    if facts.ends_on is not None and facts.ends_on <= today:
        return "cancelled" if facts.cancelled else "ended"
    if facts.paused:
        return "paused"
    if facts.suspended:
        return "suspended"
    if facts.trial_until is not None and today < facts.trial_until:
        return "trial"
    return "past_due" if facts.overdue else "active"


_LIVE: tuple[State, ...] = ("trial", "active", "past_due")
MOVES: dict[str, dict[State, State]] = {
    "pause": dict.fromkeys(_LIVE, "paused"),
    "resume": {"paused": "active"},
    "change": {at: at for at in _LIVE},
    "suspend": {"active": "suspended", "past_due": "suspended"},
    "throttle": {"active": "active", "past_due": "past_due"},
    "restore": {"suspended": "active", "paused": "paused"},
    "unthrottle": {at: at for at in (*_LIVE, "paused")},
    "cancel": dict.fromkeys((*_LIVE, "suspended", "paused"), "cancelled"),
    "keep": {at: at for at in (*_LIVE, "suspended", "paused")},
}
"""{verb: {state it is allowed in: state it leads to}}. What the day itself brings (a trial or a term ends, an invoice
becomes overdue or is paid) is no move: `state` says it."""

_STANDS: dict[str, str] = {
    "trial": "in its trial",
    "active": "active",
    "past_due": "active",
    "suspended": "suspended",
    "paused": "paused",
    "cancelled": "cancelled",
    "ended": "over",
}
_DONE: dict[str, str] = {
    "pause": "paused",
    "resume": "resumed",
    "change": "changed",
    "suspend": "suspended",
    "throttle": "throttled",
    "restore": "restored",
    "unthrottle": "restored",
    "cancel": "cancelled",
    "keep": "kept",
}


def move(now: State, verb: str) -> State:
    """The state after `verb`. Raises WrongMove (its `current` is the state), KeyError for a verb nobody defined."""
    targets = MOVES[verb]
    if now not in targets:
        raise WrongMove(f"This subscription is {_STANDS[now]}, so it cannot be {_DONE[verb]}.", current=now)
    return targets[now]
