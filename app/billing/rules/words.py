"""What people say of a plan: how often it is billed, from which day, how fast it is and how much it carries. Pure."""

from __future__ import annotations

from calendar import day_name, month_name
from decimal import Decimal

from app.billing.rules.calendar import LAST_DAY, Cycle, Rhythm, gap
from app.billing.rules.plans import PlanValues

WEEKDAYS: tuple[str, ...] = tuple(day_name)
"""Monday first: the day 1 of a week."""
MONTHS: tuple[str, ...] = tuple(month_name)[1:]
STUB_WORDS = {
    "now": "billed by themselves, at once",
    "next": "billed together with the first whole period",
    "free": "not billed",
}
_STEP = 1000


def ordinal(day: int) -> str:
    """A day of a month: 1st, 2nd, 23rd."""
    ending = "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def begins_words(values: PlanValues) -> str:
    """When its periods begin, to go on after "Periods begin"."""
    cycle = Cycle(values.cycle_unit, values.cycle_count)
    if values.anchor_day is None or cycle.unit == "day":
        return "on the day each customer begins"
    if cycle.unit == "week":
        return f"on a {WEEKDAYS[values.anchor_day - 1]}"
    if cycle.months > 1 and values.anchor_month is None:
        return f"{_on(values.anchor_day)} of a month, the first after each customer begins"
    return _of_months(cycle, values.anchor_day, values.anchor_month)


def rhythm_words(rhythm: Rhythm) -> str:
    """When the periods of a subscription begin, to go on after "Periods begin"; "" where only days are counted."""
    if rhythm.cycle.unit == "day":
        return ""
    if rhythm.cycle.unit == "week":
        return f"on a {WEEKDAYS[rhythm.anchor.weekday()]}"
    return _of_months(rhythm.cycle, rhythm.day, rhythm.anchor.month)


def billed_words(ahead: bool) -> str:
    """On which side of a period its bill stands."""
    return "ahead, on the first day of each period" if ahead else "afterwards, on the day after each period"


def speed_words(kbps: int | None) -> str:
    """A speed in kbit/s as it is sold: 20 Mbps, 512 kbps, 1.5 Gbps; "" without one."""
    return _scaled(kbps, ("kbps", "Mbps", "Gbps"))


def speeds_words(down: int | None, up: int | None) -> str:
    """Both speeds in kbit/s, short: "20 Mbps", "20 / 5 Mbps", "2 Mbps / 512 kbps"; "" without any."""
    first, second = speed_words(down), speed_words(up)
    if not (first and second) or first == second:
        return first or second
    (figure, unit), (_, other) = first.split(" "), second.split(" ")
    return f"{figure} / {second}" if unit == other else f"{first} / {second}"


def quota_words(mb: int | None) -> str:
    """A quota in MB as it is sold: 500 GB, 1.5 TB; without one "no limit"."""
    return _scaled(mb, ("MB", "GB", "TB")) or "no limit"


def _of_months(cycle: Cycle, day: int, month: int | None) -> str:
    if cycle.months == 1 or month is None:
        return f"{_on(day)} of the month"
    return f"{_on(day)} of {_listed(_months_from(month, cycle.months))}"


def _on(day: int) -> str:
    return "on the last day" if day == LAST_DAY else f"on the {ordinal(day)}"


def _months_from(first: int, months: int) -> list[str]:
    """The months of the year in which a cycle of so many months may begin."""
    return [MONTHS[number % 12] for number in sorted((first - 1 + ahead) % 12 for ahead in range(0, 12, gap(months)))]


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _scaled(value: int | None, units: tuple[str, ...]) -> str:
    if value is None:
        return ""
    figure, place = Decimal(value), 0
    while figure >= _STEP and place < len(units) - 1:
        figure, place = figure / _STEP, place + 1
    return f"{figure.normalize():f} {units[place]}"
