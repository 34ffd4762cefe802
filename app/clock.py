"""The only reader of the wall clock. Everything else receives `now` as an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The current date on the wall of a business, `timezone` being its IANA name."""
    return datetime.now(ZoneInfo(timezone)).date()


def day_in(instant: datetime, timezone: str) -> date:
    """The date that an instant falls on in an IANA time zone."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def start_of(day: date, timezone: str) -> datetime:
    """The instant at which a date begins in an IANA time zone."""
    return datetime.combine(day, time(), ZoneInfo(timezone))
