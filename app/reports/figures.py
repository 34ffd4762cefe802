"""What the dashboard counts of one currency, and of all of them in the base currency.

What has a rate is added; what has none is counted, and never added. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

AGES = (0, 30, 60, 90)
"""Days after the due date that end a class of age: not due yet, 1 to 30, 31 to 60, 61 to 90, over 90."""


@dataclass(slots=True)
class Figures:
    """One currency, in minor units. `ages` as in AGES; `months` maps the first of a month to (invoiced, received)."""

    currency: str
    owed: int = 0
    owed_count: int = 0
    overdue: int = 0
    overdue_count: int = 0
    oldest_due: date | None = None
    due_this_month: int = 0
    expected: int = 0
    expected_count: int = 0
    ages: list[int] = field(default_factory=lambda: [0] * (len(AGES) + 1))
    months: dict[date, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    received_before: int = 0
    """Received in the month before up to the same day."""
    counts: list[int] = field(default_factory=lambda: [0, 0])
    """How many invoices were billed in those months, and how many payments came."""

    @property
    def shows(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.owed_count) or any(map(any, self.months.values()))


@dataclass(frozen=True, slots=True)
class Found:
    """Figures by currency: of the documents in it, and of those in others that have a rate to it."""

    own: dict[str, Figures]
    converted: dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Together:
    """All currencies in the base currency, and how many invoices and payments in others have no rate to it."""

    figures: Figures
    open_left_out: int
    billed_left_out: int
    payments_left_out: int


_ADDED = ("owed", "owed_count", "overdue", "overdue_count", "due_this_month", "expected", "expected_count")


def together(found: Found, base: str) -> Together:
    """What everything comes to in the base currency."""
    converted = found.converted.get(base) or Figures(base)
    others = [one for code, one in found.own.items() if code != base]
    billed, came = (sum(one.counts[place] for one in others) - converted.counts[place] for place in (0, 1))
    still_open = sum(one.owed_count for one in others) - converted.owed_count
    return Together(_sum(base, [found.own.get(base) or Figures(base), converted]), still_open, billed, came)


def _sum(base: str, parts: Iterable[Figures]) -> Figures:
    whole = Figures(base)
    for part in parts:
        for name in (*_ADDED, "received_before"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        whole.ages = [one + more for one, more in zip(whole.ages, part.ages, strict=True)]
        for month, (invoiced, received) in part.months.items():
            whole.months[month][0] += invoiced
            whole.months[month][1] += received
        known = [day for day in (whole.oldest_due, part.oldest_due) if day]
        whole.oldest_due = min(known, default=None)
    return whole
