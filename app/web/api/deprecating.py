"""Operations that are to go: announced in the document and in the headers of each answer, long enough before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from werkzeug.http import http_date

NOTICE = timedelta(days=182)
"""For at least how long what is deprecated goes on; docs/api/changelog.md promises half a year."""


@dataclass(frozen=True, slots=True)
class Deprecated:
    """That an operation is to go: since which day that is said, the day it is gone, and what to do `instead`."""

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"What goes is announced at least {NOTICE.days} days before.")

    @property
    def headers(self) -> dict[str, str]:
        """Deprecation (RFC 9745) and Sunset (RFC 8594), both at the beginning of their day in UTC."""
        since, sunset = (datetime(one.year, one.month, one.day, tzinfo=UTC) for one in (self.since, self.sunset))
        return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": http_date(sunset)}

    @property
    def words(self) -> str:
        """The same for people."""
        return f"Deprecated since {self.since}, gone after {self.sunset}. {self.instead}"
