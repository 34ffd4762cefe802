"""Days of a change that wait for the next invoice, as a thing that is paid once, and of how many days they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.billing.rules import Period
from app.billing.rules.charging import Item
from app.billing.rules.periods import Terms
from app.billing.rules.prorating import Share, part_share


@dataclass(frozen=True, slots=True)
class Part:
    """Days of a thing that stand on an invoice beside its period, and how many of how many they are."""

    title: str
    days: Period
    share: Share | None


def waiting_share(item: Item, terms: Terms) -> Share | None:
    """How many days a thing that is paid once bills of another, of how many; None when it stands for none."""
    if item.stands_for is None:
        return None
    days = item.stands_for[1]
    return part_share(days, whole_on(days.start, terms))


def waiting_parts(items: Iterable[Item], terms: Terms) -> list[Part]:
    """The days of other things that some bill."""
    return [Part(item.title, item.stands_for[1], waiting_share(item, terms)) for item in items if item.stands_for]


def whole_on(day: date, terms: Terms) -> Period:
    """The whole period that a day lies in, by the rhythm that holds on it."""
    rhythm = terms.rhythm_on(day)
    return rhythm.period(rhythm.number(day))
