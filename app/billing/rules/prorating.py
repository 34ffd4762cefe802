"""What a part of a period costs: by day, rounded half up once: the formula on the line gives its amount. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from app.billing.rules.calendar import Period
from app.money import round_half_up


class Share(NamedTuple):
    """So many days of so many."""

    days: int
    of: int

    def __str__(self) -> str:
        return f"{self.days} of {self.of} days"


def share(part: Period, whole: Period) -> Share:
    """The days of `part` that lie in `whole`, of all its days."""
    days = (min(part.end, whole.end) - max(part.start, whole.start)).days
    return Share(max(days, 0), whole.days)


def part_share(part: Period, whole: Period) -> Share | None:
    """The same of a part; None where it is the whole, and where it reaches beyond it: then it is no part of it."""
    inside = whole.start <= part.start and part.end <= whole.end
    return share(part, whole) if inside and part != whole else None


def part_of(minor: int, share: Share) -> int:
    """That share of an amount in minor units, rounded half up."""
    return round_half_up(Fraction(minor * share.days, share.of))
