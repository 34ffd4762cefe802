"""What a customer who begins on 27 November is told to pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.billing.rules.example import PriceOf, example, price_of, setup_of
from app.billing.rules.plans import PlanValues, PriceValues
from app.errors import Invalid
from app.money import Money

START, PRICE = date(2026, 11, 27), Money(1_500_000, "NGN")
OWN = PlanValues("Home")
FIXED = replace(OWN, anchor_day=1)


def told(values: PlanValues, price: PriceOf = lambda _day: PRICE) -> list[tuple[str, ...]]:
    """Each row: its days, the day of its bill or why there is none, the part, kobo."""
    rows = []
    for row in example(values, START, price):
        days = f"{row.period.start:%d %b}-{row.period.last:%d %b}"
        billed = f"{row.bill_on:%d %b}" if row.bill_on else row.free
        rows.append((days, billed, str(row.share or "whole"), str(row.money.minor if row.money else "-")))
    return rows


def test_days_of_one_s_own_are_whole_periods():
    assert told(OWN) == [
        ("27 Nov-26 Dec", "27 Nov", "whole", "1500000"),
        ("27 Dec-26 Jan", "27 Dec", "whole", "1500000"),
        ("27 Jan-26 Feb", "27 Jan", "whole", "1500000"),
    ]


DECEMBER = [
    ("01 Dec-31 Dec", "01 Dec", "whole", "1500000"),
    ("01 Jan-31 Jan", "01 Jan", "whole", "1500000"),
    ("01 Feb-28 Feb", "01 Feb", "whole", "1500000"),
]


@pytest.mark.parametrize(
    "stub, first",
    [
        ("now", ("27 Nov-30 Nov", "27 Nov", "4 of 30 days", "200000")),
        ("next", ("27 Nov-30 Nov", "01 Dec", "4 of 30 days", "200000")),
        ("free", ("27 Nov-30 Nov", "stub", "whole", "-")),
    ],
)
def test_the_days_before_a_fixed_day_are_a_part(stub, first):
    assert told(replace(FIXED, stub=stub)) == [first, *DECEMBER]


def test_free_days_come_first_and_paying_begins_after_them():
    assert told(replace(FIXED, trial_days=10))[:3] == [
        ("27 Nov-06 Dec", "trial", "whole", "-"),
        ("07 Dec-31 Dec", "07 Dec", "25 of 31 days", "1209677"),
        ("01 Jan-31 Jan", "01 Jan", "whole", "1500000"),
    ]


def test_afterwards_is_the_day_after_each_period():
    assert [row[:2] for row in told(replace(FIXED, ahead=False))][:2] == [
        ("27 Nov-30 Nov", "01 Dec"),
        ("01 Dec-31 Dec", "01 Jan"),
    ]


def test_without_a_price_the_days_are_told_all_the_same():
    assert [row[3] for row in told(FIXED, lambda _day: None)] == ["-"] * 4


def test_a_price_that_changes_is_told_from_the_period_on_that_pays_it():
    first = PriceValues("NGN", Decimal(15_000), date(2026, 1, 1), Decimal(5_000))
    for_all = PriceValues("NGN", Decimal(18_000), date(2027, 1, 1))
    newcomers = PriceValues("NGN", Decimal(20_000), date(2027, 2, 1), Decimal(9_000), for_all=False)
    prices = [first, for_all, newcomers]
    assert [row[3] for row in told(FIXED, price_of(prices, "NGN", START))] == [
        "200000",
        "1500000",
        "1800000",
        "1800000",
    ]
    assert setup_of(prices, "NGN", START) == Money(500_000, "NGN")
    assert (price_of(prices, "USD", START)(START), setup_of(prices, "USD", START)) == (None, None)


def test_days_that_no_calendar_has_are_refused():
    with pytest.raises(Invalid):
        example(replace(OWN, cycle_unit="year", cycle_count=5), date(9998, 1, 1), lambda _day: PRICE)
