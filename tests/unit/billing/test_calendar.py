"""Billing periods follow one another without a gap, for ever, and keep the day that was agreed."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.billing.rules import Cycle, Rhythm, rhythm_from
from app.billing.rules.calendar import MOST, in_month
from app.errors import Invalid

ANCHORS, PERIODS = 4_000, 120
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns")


def rhythms() -> list[Rhythm]:
    """The same 4,000 every time: every unit, every day of the month, leap days among them."""
    chance = random.Random(20260131)
    found = []
    for number in range(ANCHORS):
        unit = ("month", "month", "year", "week", "day")[number % 5]
        count = min(chance.choice((1, 1, 1, 2, 3, 6, 400)), MOST[unit])
        start = date(2000, 1, 1) + timedelta(days=chance.randrange(15_000))
        if number % 40 == 2:
            start = date(start.year - start.year % 4, 2, 29)
        if number % 40 == 5:
            start = date(start.year, 1, 31)
        day = chance.choice((None, chance.randrange(1, 32))) if unit in ("month", "year") else None
        found.append(rhythm_from(Cycle(unit, count), start, day=day))
    return found


def written() -> str:
    """All periods of all rhythms, as one text."""
    return "\n".join(
        f"{rhythm.cycle.unit}{rhythm.cycle.count}:{' '.join(rhythm.begins(n).isoformat() for n in range(PERIODS))}"
        for rhythm in rhythms()
    )


def test_four_thousand_anchors_times_a_hundred_and_twenty_periods():
    for rhythm in rhythms():
        begins = [rhythm.begins(number) for number in range(PERIODS + 1)]
        assert begins[0] == rhythm.anchor
        assert all(before < after for before, after in pairwise(begins))
        for number, day in enumerate(begins[:-1]):
            assert rhythm.number(day) == number
            assert rhythm.number(begins[number + 1] - timedelta(days=1)) == number
            if rhythm.cycle.months:
                assert day.day == min(rhythm.day, monthrange(day.year, day.month)[1]), "the anchor was lost"


def test_periods_before_the_anchor_are_the_same_as_those_of_an_earlier_anchor():
    for rhythm in rhythms()[:400]:
        earlier = Rhythm(rhythm.cycle, rhythm.begins(-24), rhythm.day)
        assert [earlier.begins(n) for n in range(60)] == [rhythm.begins(n - 24) for n in range(60)]


@pytest.mark.parametrize(
    "anchor, cycle, expected",
    [
        (date(2026, 1, 31), Cycle("month"), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        (date(2024, 1, 31), Cycle("month"), ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]),
        (date(2024, 2, 29), Cycle("year"), ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        (date(2025, 11, 30), Cycle("month", 3), ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"]),
        (date(2026, 12, 28), Cycle("week", 2), ["2026-12-28", "2027-01-11", "2027-01-25", "2027-02-08", "2027-02-22"]),
        (date(2026, 12, 31), Cycle("day", 30), ["2026-12-31", "2027-01-30", "2027-03-01", "2027-03-31", "2027-04-30"]),
    ],
)
def test_known_calendars(anchor, cycle, expected):
    rhythm = rhythm_from(cycle, anchor)
    assert [rhythm.begins(number).isoformat() for number in range(5)] == expected


@pytest.mark.parametrize(
    "cycle, start, day, month, first",
    [
        (Cycle("month"), "2026-03-10", 1, None, "2026-04-01"),
        (Cycle("month"), "2026-03-01", 1, None, "2026-03-01"),
        (Cycle("month"), "2026-04-30", 31, None, "2026-04-30"),
        (Cycle("month"), "2026-02-10", 31, None, "2026-02-28"),
        (Cycle("month"), "2026-12-02", 1, None, "2027-01-01"),
        (Cycle("month", 3), "2026-02-10", 1, 1, "2026-04-01"),
        (Cycle("month", 6), "2026-02-10", 1, 1, "2026-07-01"),
        (Cycle("month", 3), "2026-02-10", 15, None, "2026-02-15"),
        (Cycle("month", 5), "2026-02-10", 1, 1, "2027-01-01"),
        (Cycle("year"), "2026-02-10", 1, 1, "2027-01-01"),
        (Cycle("year", 5), "2026-02-10", 29, 2, "2026-02-28"),
        (Cycle("week"), "2026-11-27", 1, None, "2026-11-30"),
        (Cycle("week", 2), "2026-11-27", 5, None, "2026-11-27"),
        (Cycle("day", 30), "2026-11-27", 5, None, "2026-11-27"),
    ],
)
def test_a_fixed_day_of_the_calendar_is_the_first_on_or_after_the_start(cycle, start, day, month, first):
    assert rhythm_from(cycle, date.fromisoformat(start), day=day, month=month).begins(0) == date.fromisoformat(first)


def test_the_last_day_of_the_month_stays_the_last_when_it_began_in_a_short_month():
    rhythm = rhythm_from(Cycle("month"), date(2026, 2, 3), day=31)
    assert [rhythm.begins(n).day for n in range(4)] == [28, 31, 30, 31]


@pytest.mark.parametrize(
    "field, make",
    [
        ("cycle_unit", lambda: Cycle("fortnight")),
        ("cycle_count", lambda: Cycle("month", 0)),
        ("cycle_count", lambda: Cycle("year", 6)),
        ("anchor_day", lambda: rhythm_from(Cycle("month"), date(2026, 1, 1), day=32)),
        ("anchor_day", lambda: rhythm_from(Cycle("week"), date(2026, 1, 1), day=8)),
        ("anchor_month", lambda: rhythm_from(Cycle("year"), date(2026, 1, 1), day=1, month=13)),
        ("starts_on", lambda: rhythm_from(Cycle("year"), date(9999, 1, 1)).begins(1)),
        ("starts_on", lambda: rhythm_from(Cycle("day"), date(9999, 12, 31)).begins(1)),
    ],
)
def test_what_makes_no_sense_names_its_field(field, make):
    with pytest.raises(Invalid) as caught:
        make()
    assert list(caught.value.errors) == [field]


def test_months_go_on_beyond_twelve_and_below_one():
    assert in_month(2026, 14, 31) == date(2027, 2, 28)
    assert in_month(2026, 0, 31) == date(2025, 12, 31)


def test_the_zone_of_the_machine_changes_not_a_byte():
    digests = {
        subprocess.run(
            [sys.executable, "-m", "tests.unit.billing.test_calendar"],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ZONES
    }
    assert digests == {hashlib.sha256(written().encode()).hexdigest() + "\n"}


if __name__ == "__main__":
    sys.stdout.write(hashlib.sha256(written().encode()).hexdigest() + "\n")
