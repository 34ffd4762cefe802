"""What a plan costs on a day, and which plans make no sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.billing.rules.plans import PlanValues, PriceValues, check_price, cycle_words, price_on
from app.errors import Invalid

JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)
FIRST = PriceValues("NGN", Decimal(15_000), JANUARY, Decimal(5_000))
DEARER = PriceValues("NGN", Decimal(18_000), MARCH)
NEWCOMERS = PriceValues("NGN", Decimal(20_000), JUNE, for_all=False)
DOLLARS = PriceValues("USD", Decimal(12), JANUARY)
ALL = (NEWCOMERS, DOLLARS, FIRST, DEARER)


@pytest.mark.parametrize(
    "on, agreed_on, expected",
    [
        (date(2025, 12, 31), None, None),
        (JANUARY, None, FIRST),
        (date(2026, 2, 28), None, FIRST),
        (MARCH, JANUARY, DEARER),
        (JUNE, JANUARY, DEARER),
        (JUNE, JUNE, NEWCOMERS),
        (JUNE, None, NEWCOMERS),
        (date(2027, 1, 1), date(2026, 5, 31), DEARER),
    ],
)
def test_the_price_of_a_day_for_who_agreed_on_another(on, agreed_on, expected):
    assert price_on(ALL, "NGN", on, agreed_on) == expected


def test_a_later_price_for_all_reaches_those_of_the_price_for_newcomers():
    last = PriceValues("NGN", Decimal(21_000), date(2026, 9, 1))
    assert price_on((*ALL, last), "NGN", date(2026, 9, 1), JANUARY) == last
    assert price_on((*ALL, last), "NGN", date(2026, 9, 1), JUNE) == last


def test_each_currency_has_its_own_prices():
    assert price_on(ALL, "USD", JUNE) == DOLLARS
    assert price_on(ALL, "EUR", JUNE) is None


@pytest.mark.parametrize("field", ["price", "setup_price"])
def test_a_price_below_zero_is_refused(field):
    with pytest.raises(Invalid) as caught:
        check_price(PriceValues(**{"currency": "NGN", "price": Decimal(1), "since": JUNE, field: Decimal(-1)}), JUNE)
    assert list(caught.value.errors) == [field]


def test_a_price_of_yesterday_is_refused():
    check_price(PriceValues("NGN", Decimal(0), JUNE), JUNE, ALL)
    with pytest.raises(Invalid) as caught:
        check_price(replace(DEARER, since=date(2026, 3, 2)), JUNE, ALL)
    assert list(caught.value.errors) == ["since"]


def test_the_first_price_in_a_currency_holds_from_any_day():
    check_price(FIRST, JUNE)
    check_price(replace(FIRST, currency="EUR"), JUNE, ALL)


@pytest.mark.parametrize(
    "unit, count, words",
    [("month", 1, "every month"), ("month", 3, "every quarter"), ("month", 6, "every half-year"),
     ("year", 1, "every year"), ("week", 2, "every 2 weeks"), ("day", 30, "every 30 days")],
)  # fmt: skip
def test_a_cycle_in_words(unit, count, words):
    assert cycle_words(unit, count) == words


@pytest.mark.parametrize(
    "field, values",
    [("cycle_unit", {"cycle_unit": "moon"}), ("cycle_count", {"cycle_count": 0}), ("anchor_day", {"anchor_day": 32}),
     ("anchor_day", {"cycle_unit": "week", "anchor_day": 8}), ("anchor_month", {"anchor_day": 1, "anchor_month": 0})],
)  # fmt: skip
def test_days_that_no_calendar_has_are_refused(field, values):
    with pytest.raises(Invalid) as caught:
        PlanValues("Home", **values)
    assert list(caught.value.errors) == [field]
