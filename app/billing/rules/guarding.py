"""The guard against billing that runs away, with pencil and paper. Pure.

Every subscription allows its recurring items as often as periods of its rhythm can begin within WINDOW days. What is
billed within these days is counted against that, of a subscription and of all of a client.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from app.billing.rules.calendar import Cycle, Period
from app.billing.rules.periods import Span

WINDOW = 31
"""Days in which recurring items are counted."""


@dataclass(slots=True)
class Had:
    """A subscription that stands from `since` up to and without `until`: how many of its periods may begin in a window
    (`most`), the days of each of its recurring items (`things`), and the periods that were billed lately (`begun`:
    {whole period: from which to which of its days}). However many parts a period is billed in, together they are one.
    """

    most: int
    since: date
    until: date | None
    things: Sequence[Span]
    begun: dict[Period, Period] = field(default_factory=dict)

    def came_and_went(self, day: date) -> bool:
        """Whether it began and ended within the window before a day."""
        return self.since > day - timedelta(days=WINDOW) and self.until is not None and self.until <= day

    def lately(self, day: date) -> list[Period]:
        """The periods that began within the window that ends on a day."""
        return [one for one in self.begun.values() if 0 <= (day - one.start).days < WINDOW]


def add_part(begun: dict[Period, Period], whole: Period, part: Period) -> None:
    """Count days that were billed of a whole period, once with others of the same."""
    had = begun.get(whole, part)
    begun[whole] = Period(min(had.start, part.start), max(had.end, part.end))


def most_in_window(cycles: Iterable[Cycle]) -> int:
    """How many periods of one subscription may begin within WINDOW days: those of its cycle, and a part of one."""
    return max(ceil(WINDOW / (cycle.days or cycle.months * 28)) + 1 for cycle in cycles)


def items_in(things: Sequence[Span], start: date, end: date) -> int:
    """How many recurring items are paid for in days from `start` up to and without `end`."""
    return sum(1 for one in things if one.start < end and (one.end is None or one.end > start))


def weighed(hads: Iterable[Had], now: Had, period: Period) -> tuple[int, int]:
    """(how many recurring items would be billed within the window, one more period of `now` included; how many its
    rhythm and that of the others allow).

    Of those that came and went only one counts for what is allowed: else whoever makes one after the other by mistake
    would be allowed all of them.
    """
    counted = allowed = went = 0
    day = period.start
    for had in hads:
        lately = had.lately(day) + ([period] if had is now else [])
        counted += sum(items_in(had.things, one.start, one.end) for one in lately)
        if lately:
            first, end = day - timedelta(days=WINDOW - 1), max(one.end for one in lately)
            allows = had.most * items_in(had.things, first, end)
            allowed, went = (allowed, max(went, allows)) if had.came_and_went(day) else (allowed + allows, went)
    return counted, allowed + went
