"""The state of a subscription as a ring and a word. Pure."""

from __future__ import annotations

from datetime import date, datetime

from app.billing.rules.states import State

_BADGES: dict[State, tuple[str, str]] = {
    "trial": ("soon", "Trial"),
    "active": ("part", "Active"),
    "past_due": ("over", "Past due"),
    "suspended": ("failed", "Suspended"),
    "paused": ("waiting", "Paused"),
    "cancelled": ("void", "Cancelled"),
    "ended": ("idle", "Ended"),
}


def badge(state: State, starts_on: date, today: date, throttled_at: datetime | None = None) -> tuple[str, str]:
    """The kind of its ring and its word; what begins on a later day says so, and what is used, but slow."""
    if starts_on > today and state in ("trial", "active"):
        return "draft", "Not begun"
    if throttled_at is not None and state in ("trial", "active", "past_due"):
        return "waiting", "Throttled"
    return _BADGES[state]
