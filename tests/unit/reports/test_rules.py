"""Months, comparisons and the geometry of the dashboard's pictures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from app.reports import chart, rules


@pytest.mark.parametrize(
    "today, same_day",
    [
        (date(2026, 11, 20), date(2026, 10, 20)),
        (date(2026, 3, 31), date(2026, 2, 28)),
        (date(2028, 3, 30), date(2028, 2, 29)),
        (date(2026, 1, 1), date(2025, 12, 1)),
    ],
)
def test_a_day_compares_with_as_far_into_the_month_before(today, same_day):
    assert rules.same_day_last_month(today) == same_day


def test_twelve_months_end_with_this_one():
    months = rules.last_months(date(2026, 2, 28))
    assert (len(months), months[0], months[-1]) == (12, date(2025, 3, 1), date(2026, 2, 1))


@pytest.mark.parametrize("day, ahead, last", [
    (date(2026, 12, 5), 0, date(2026, 12, 31)),
    (date(2026, 12, 5), 1, date(2027, 1, 31)),
    (date(2028, 1, 31), 1, date(2028, 2, 29)),
])  # fmt: skip
def test_the_last_day_of_a_month(day, ahead, last):
    assert rules.last_of_month(day, ahead) == last


@pytest.mark.parametrize("now, before, percent", [
    (1114, 1000, "11.4"), (500, 1000, "-50.0"), (1000, 1000, "0.0"), (0, 3, "-100.0"), (5, 0, None), (0, 0, None),
])  # fmt: skip
def test_a_change_is_in_percent_and_nothing_has_no_percentage(now, before, percent):
    assert rules.change(now, before) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize("hour, words", [(2, "evening"), (5, "morning"), (12, "afternoon"), (17, "evening")])
def test_the_greeting_is_that_of_the_readers_wall_clock(hour, words):
    assert rules.greeting(datetime(2026, 11, 20, hour, tzinfo=UTC), "Africa/Lagos") == f"Good {words}"


@pytest.mark.parametrize("highest", [1, 3, 9, 10, 11, 99, 100, 4520800, 10**13, Fraction(1, 100), Fraction(7, 3)])
def test_the_scale_is_round_starts_at_zero_and_holds_the_highest_bar(highest):
    marks = chart.scale(Fraction(highest))
    assert marks[0] == 0
    assert marks[-1] >= highest > marks[-2]
    assert 3 <= len(marks) <= 7
    assert len({second - first for first, second in pairwise(marks)}) == 1


def test_a_chart_without_figures_is_an_empty_grid():
    drawn = chart.draw([chart.Month("Jan", 0, 0)], 2, chart.WIDE)
    assert drawn.columns[0].invoiced == drawn.columns[0].received == ""
    assert [line.label for line in drawn.lines] == ["0", "1"]


def test_bars_stand_on_the_base_and_the_highest_stays_inside_the_picture():
    months = [chart.Month("Jan", 500_000_00, 400_000_00), chart.Month("Feb", 100_00, 0, expected=450_000_00)]
    drawn = chart.draw(months, 2, chart.WIDE)
    assert [line.label for line in drawn.lines] == ["0", "100k", "200k", "300k", "400k", "500k"]
    assert drawn.columns[0].invoiced.startswith(f"M{drawn.columns[0].x - 17} 226V13.0")
    assert drawn.columns[1].expected[1] >= chart.WIDE.top
    assert [column.last for column in drawn.columns] == [False, True]


@pytest.mark.parametrize("amount, words", [
    (0, "0"), (250, "250"), (1500, "1.5k"), (20000, "20k"), (2_500_000, "2.5m"), (3 * 10**9, "3bn"),
])  # fmt: skip
def test_marks_are_short(amount, words):
    assert chart.short(Fraction(amount)) == words


def test_the_ageing_bar_is_in_proportion_fills_its_width_and_leaves_out_what_is_empty():
    parts = chart.ages([300, 0, 100, 0, 0])
    assert [part.css for part in parts] == ["a0", "a2"]
    assert parts[0].width == pytest.approx(3 * parts[1].width, abs=1)
    assert parts[-1].x + parts[-1].width == pytest.approx(1000, abs=1)
    assert chart.ages([0, 0, 0, 0, 0]) == []
