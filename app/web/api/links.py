"""How programs are told of a link that a customer has; the room whose page it opens has the operations."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from app.web.api.shapes import Count, Out, instant


class GivenOut(Protocol):
    """What is kept of a link."""

    created_at: datetime
    seen_at: datetime | None
    seen_count: int


class LinkOut(Out):
    """The link that is open, if there is one, and when its customer opened it last, how often about."""

    url: str | None
    made_at: datetime | None
    seen_at: datetime | None
    seen: Count


NO_LINK: dict[str, Any] = {"url": None, "made_at": None, "seen_at": None, "seen": 0}


def link_example(room: str) -> dict[str, Any]:
    """One to a page under `/<room>/` that nobody has opened yet."""
    token = "8mBz1mCq5vJ0n3Xw7hVtq2yGdR4kLsPe9uAaTfZcNbI"  # noqa: S105  (nobody's)
    return NO_LINK | {"url": f"https://duely.example/{room}/{token}/", "made_at": "2026-11-20T10:30:00Z"}


def link_as_told(url: str, link: GivenOut) -> dict[str, Any]:
    """An open link and its address, as `LinkOut`."""
    made_at, seen_at = instant(link.created_at), instant(link.seen_at)
    return {"url": url, "made_at": made_at, "seen_at": seen_at, "seen": link.seen_count}
