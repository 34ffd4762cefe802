"""How plans are said: when periods begin, how fast, how much."""

from __future__ import annotations

from datetime import date

import pytest

from app.billing.rules.calendar import Cycle, rhythm_from
from app.billing.rules.plans import PlanValues
from app.billing.rules.words import begins_words, ordinal, quota_words, rhythm_words, speed_words, speeds_words


@pytest.mark.parametrize(
    "unit, count, day, month, expected",
    [
        ("month", 1, None, None, "on the day each customer begins"),
        ("day", 10, 5, None, "on the day each customer begins"),
        ("week", 2, 1, None, "on a Monday"),
        ("month", 1, 1, None, "on the 1st of the month"),
        ("month", 1, 31, None, "on the last day of the month"),
        ("month", 3, 1, None, "on the 1st of a month, the first after each customer begins"),
        ("month", 3, 15, 2, "on the 15th of February, May, August and November"),
        ("month", 3, 15, 11, "on the 15th of February, May, August and November"),
        ("month", 6, 31, 12, "on the last day of June and December"),
        ("year", 1, 1, 4, "on the 1st of April"),
        ("year", 2, 1, 4, "on the 1st of April"),
    ],
)
def test_when_periods_begin(unit, count, day, month, expected):
    values = PlanValues("Home", cycle_unit=unit, cycle_count=count, anchor_day=day, anchor_month=month)
    assert begins_words(values) == expected


@pytest.mark.parametrize(
    "unit, count, start, day, month, expected",
    [
        ("day", 10, date(2026, 3, 5), None, None, ""),
        ("week", 2, date(2026, 3, 5), None, None, "on a Thursday"),
        ("week", 1, date(2026, 3, 5), 1, None, "on a Monday"),
        ("month", 1, date(2026, 3, 5), None, None, "on the 5th of the month"),
        ("month", 1, date(2026, 3, 5), 31, None, "on the last day of the month"),
        ("month", 3, date(2026, 3, 5), 15, None, "on the 15th of March, June, September and December"),
        ("year", 1, date(2026, 3, 5), 1, 7, "on the 1st of July"),
    ],
)
def test_when_periods_of_a_subscription_begin(unit, count, start, day, month, expected):
    assert rhythm_words(rhythm_from(Cycle(unit, count), start, day=day, month=month)) == expected


def test_days_of_a_month_are_counted_as_people_count_them():
    assert [ordinal(day) for day in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "kbps, words",
    [
        (None, ""),
        (512, "512 kbps"),
        (1_000, "1 Mbps"),
        (2_500, "2.5 Mbps"),
        (20_000, "20 Mbps"),
        (100_000, "100 Mbps"),
        (1_500_000, "1.5 Gbps"),
        (20_000_000, "20 Gbps"),
    ],
)
def test_speeds(kbps, words):
    assert speed_words(kbps) == words


@pytest.mark.parametrize(
    "down, up, words",
    [
        (None, None, ""),
        (20_000, None, "20 Mbps"),
        (None, 5_000, "5 Mbps"),
        (100_000, 100_000, "100 Mbps"),
        (20_000, 5_000, "20 / 5 Mbps"),
        (2_000, 512, "2 Mbps / 512 kbps"),
    ],
)
def test_both_speeds_in_short(down, up, words):
    assert speeds_words(down, up) == words


@pytest.mark.parametrize("mb, words", [(None, "no limit"), (750, "750 MB"), (500_000, "500 GB"), (1_500_000, "1.5 TB")])
def test_volumes(mb, words):
    assert quota_words(mb) == words
