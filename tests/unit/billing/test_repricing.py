"""What a new price changes, told before it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.billing.rules.plans import PriceValues
from app.billing.rules.repricing import effect, standings
from app.money import Money

JANUARY, MARCH, JUNE, SEPTEMBER = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)
FIRST = PriceValues("NGN", Decimal(15_000), JANUARY, Decimal(5_000))
NEWCOMERS = PriceValues("NGN", Decimal(20_000), MARCH, for_all=False)
LATER = PriceValues("NGN", Decimal(22_000), SEPTEMBER)
NEW = PriceValues("NGN", Decimal(18_000), JUNE, Decimal(4_000))


def test_old_and_new_stand_beside_each_other_with_the_difference():
    found = effect([FIRST], NEW)
    assert (found.before, found.replaced, found.also, found.after) == (FIRST, None, (), None)
    assert (found.difference, found.setup_difference) == (Money(300_000, "NGN"), Money(-100_000, "NGN"))


def test_a_currency_without_a_price_has_nothing_to_compare():
    found = effect([FIRST], replace(NEW, currency="USD"))
    assert (found.before, found.difference, found.setup_difference) == (None, None, None)


def test_what_customers_of_earlier_days_pay_is_told_too():
    found = effect([FIRST, NEWCOMERS], NEW)
    assert (found.before, found.also) == (NEWCOMERS, (FIRST,))


def test_a_price_of_the_same_day_is_replaced_and_a_later_one_takes_over():
    planned = replace(NEW, price=Decimal(19_000))
    found = effect([FIRST, planned, LATER], NEW)
    assert (found.before, found.replaced, found.after) == (FIRST, planned, LATER)


def test_the_only_price_of_a_plan_is_what_its_correction_is_compared_with():
    found = effect([NEW], replace(NEW, price=Decimal(19_000)))
    assert (found.before, found.replaced) == (NEW, None)


def test_another_price_in_the_meantime_gives_another_mark():
    marks = {effect(prices, NEW).mark for prices in ([], [FIRST], [FIRST, NEWCOMERS], [FIRST, LATER])}
    assert len(marks) == 4
    assert effect([FIRST], NEW).mark == effect([FIRST, replace(FIRST, currency="USD")], NEW).mark
    assert effect([], NEW).mark


def test_prices_stand_by_currency_with_what_is_to_come():
    dollars = PriceValues("USD", Decimal(12), JUNE)
    naira, usd = standings([FIRST, dollars, LATER, NEWCOMERS], MARCH)
    assert (naira.currency, naira.now, naira.coming) == ("NGN", NEWCOMERS, (LATER,))
    assert (usd.currency, usd.now, usd.coming) == ("USD", None, (dollars,))
