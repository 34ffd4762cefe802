"""How many recurring items may be billed within a window, and how many are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.billing.rules import Cycle, Period, Span
from app.billing.rules.guarding import Had, add_part, most_in_window, weighed

DAY = date(2026, 3, 31)
LONG_AGO = date(2025, 1, 1)


def months(*starts: date) -> list[Period]:
    return [Period(start, start + timedelta(days=28)) for start in starts]


def had(begun: list[Period], items: int = 1, since: date = LONG_AGO, until: date | None = None) -> Had:
    return Had(3, since, until, [Span(LONG_AGO)] * items, {one: one for one in begun})


@pytest.mark.parametrize(
    ("cycles", "most"),
    [
        ([Cycle("day", 1)], 32),
        ([Cycle("week", 1)], 6),
        ([Cycle("month", 1)], 3),
        ([Cycle("month", 3)], 2),
        ([Cycle("year", 1)], 2),
        ([Cycle("month", 1), Cycle("week", 1)], 6),
    ],
)
def test_so_many_periods_begin_within_a_window(cycles: list[Cycle], most: int) -> None:
    assert most_in_window(cycles) == most


def test_every_item_counts_as_often_as_it_is_billed() -> None:
    one = had(months(date(2026, 3, 1), date(2026, 3, 15)), items=4)
    assert weighed([one], one, Period(DAY, DAY + timedelta(days=30))) == (12, 12)


def test_what_began_before_the_window_does_not_count() -> None:
    one = had(months(date(2026, 2, 28), date(2026, 3, 1)))
    assert weighed([one], one, Period(DAY, DAY + timedelta(days=30))) == (2, 3)


def test_an_item_that_ended_counts_where_it_was_billed() -> None:
    one = Had(3, LONG_AGO, None, [Span(LONG_AGO, date(2026, 3, 10)), Span(date(2026, 3, 10))])
    one.begun = {period: period for period in months(date(2026, 3, 1))}
    assert weighed([one], one, Period(DAY, DAY + timedelta(days=30))) == (3, 6)


def test_those_that_came_and_went_allow_what_one_of_them_does() -> None:
    now = had([], since=DAY)
    went = [had(months(day), since=day, until=day + timedelta(days=1)) for day in (date(2026, 3, 5), date(2026, 3, 9))]
    left = had(months(date(2026, 3, 2)), until=date(2026, 3, 20))
    assert weighed([now, *went, left], now, Period(DAY, DAY + timedelta(days=30))) == (4, 3 + 3 + 3)


def test_all_parts_of_a_period_are_one() -> None:
    one, whole = had([]), Period(date(2026, 3, 1), date(2026, 4, 1))
    for day in range(1, 30, 2):
        add_part(one.begun, whole, Period(date(2026, 3, day), date(2026, 3, day + 1)))
    assert weighed([one], one, Period(DAY, DAY + timedelta(days=30))) == (2, 3)
