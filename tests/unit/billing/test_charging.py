"""The lines of a period: whole, in part, changed within it, once; and the formula that gives the amount."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import Billed, Period
from app.billing.rules.changing import Paid, given_back
from app.billing.rules.charging import (
    Item,
    Offer,
    Tariff,
    charges,
    free,
    per_period,
    period_words,
    prorated,
    worth,
)
from app.billing.rules.plans import PriceValues
from app.billing.rules.prorating import Share
from app.errors import Invalid
from app.money import Money

HOME = uuid.UUID(int=1)
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
STUB = Billed(Period(date(2026, 3, 20), date(2026, 4, 1)), MARCH, date(2026, 3, 20))
WHOLE = Billed(MARCH, MARCH, date(2026, 3, 1))
PRICES = (
    PriceValues("NGN", Decimal(15_000), date(2026, 1, 1), Decimal(5_000)),
    PriceValues("NGN", Decimal(18_000), date(2026, 3, 10), Decimal(5_000)),
)
TARIFF = Tariff("NGN", {HOME: Offer("Home 20 Mbps", PRICES)})
FIBRE = Item(uuid.UUID(int=9), "Home 20 Mbps", Decimal(1), date(2026, 1, 1), plan_id=HOME)


def lines(items, billed, tariff=TARIFF):
    return [(charge.title, charge.detail, charge.unit_price) for charge in charges(items, billed, tariff)]


def test_a_whole_period_costs_the_price_and_says_which_it_is():
    assert lines([FIBRE], WHOLE) == [("Home 20 Mbps", "1–31 March 2026", Decimal(15_000))]


def test_a_part_costs_its_days_and_shows_the_formula():
    cheap = replace(FIBRE, price=Decimal(15_000))
    assert lines([cheap], STUB) == [
        ("Home 20 Mbps", "20–31 March 2026\n12 of 31 days: 15,000.00 × 12 ÷ 31", Decimal("5806.45"))
    ]


def test_a_price_that_changes_within_a_period_counts_from_the_next_on():
    assert lines([FIBRE], WHOLE)[0][2] == 15_000
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    assert lines([FIBRE], Billed(april, april, april.start))[0][2] == 18_000


def test_a_change_of_plan_within_a_period_makes_two_lines_of_their_days():
    old = replace(FIBRE, title="Home", price=Decimal(31_000), until=date(2026, 3, 11))
    new = replace(FIBRE, title="Office", price=Decimal(62_000), since=date(2026, 3, 11))
    assert [(title, price) for title, _, price in lines([old, new], WHOLE)] == [("Home", 10_000), ("Office", 42_000)]


def test_what_is_paid_once_is_on_the_first_invoice_only():
    fee = replace(FIBRE, title="Set-up", once=True, since=date(2026, 3, 20))
    assert lines([FIBRE, fee], STUB)[1] == ("Set-up", "", Decimal(5_000))
    assert len(lines([FIBRE, replace(fee, billed=True)], STUB)) == 1
    assert len(lines([FIBRE, replace(fee, since=date(2026, 4, 1))], STUB)) == 1


def test_a_discount_that_is_an_amount_is_for_the_days_too_and_one_in_percent_is_not():
    for given_, expected in ((("amount", Decimal(3_100)), ("amount", Decimal(1_200))),
                             (("percent", Decimal(10)), ("percent", Decimal(10)))):  # fmt: skip
        [charge] = charges([replace(FIBRE, price=Decimal(31_000), discount=given_)], STUB, TARIFF)
        assert charge.discount == expected


def test_a_title_names_its_period():
    title = "{{plan}}, {{month}} {{ year }} ({{start}} to {{end}})"
    [charge] = charges([replace(FIBRE, title=title)], WHOLE, TARIFF)
    assert charge.title == "Home 20 Mbps, March 2026 (1 March 2026 to 31 March 2026)"
    assert charge.detail == ""
    [charge] = charges([replace(FIBRE, title="{{period}}")], WHOLE, replace(TARIFF, locale="de"))
    assert charge.title == "1–31 März 2026"


def test_a_name_inside_the_name_of_a_plan_is_left_alone():
    tariff = Tariff("NGN", {HOME: Offer("{{month}}", PRICES)})
    [charge] = charges([replace(FIBRE, title="{{plan}}")], WHOLE, tariff)
    assert charge.title == "{{month}}"


def test_a_detail_is_filled_as_a_title_is():
    detailed = replace(FIBRE, title="Internet", detail="From {{start}} to {{end}}")
    [charge] = charges([detailed], WHOLE, TARIFF)
    assert (charge.title, charge.detail) == ("Internet", "From 1 March 2026 to 31 March 2026")


def test_a_plan_without_a_price_in_the_currency_is_refused():
    with pytest.raises(Invalid) as caught:
        lines([FIBRE], WHOLE, replace(TARIFF, currency="USD"))
    assert caught.value.errors == {"currency": ["Home 20 Mbps has no price in USD."]}


@pytest.mark.parametrize(
    "start, end, words",
    [("2026-03-01", "2026-04-01", "1–31 March 2026"), ("2026-03-20", "2026-04-20", "20 March – 19 April 2026"),
     ("2026-12-15", "2027-01-15", "15 December 2026 – 14 January 2027"), ("2026-03-05", "2026-03-06", "5 March 2026")],
)  # fmt: skip
def test_a_period_as_people_read_it(start, end, words):
    assert period_words(Period(date.fromisoformat(start), date.fromisoformat(end))) == words


def test_currencies_without_and_with_three_decimals():
    assert prorated(Decimal(1_000), Share(1, 3), "JPY") == 333
    assert prorated(Decimal("1.000"), Share(2, 3), "KWD") == Decimal("0.667")
    assert prorated(Decimal("0.012345"), Share(31, 31), "NGN") == Decimal("0.012345")


@given(st.integers(0, 10**9), st.integers(1, 366), st.data())
def test_the_parts_of_a_period_cost_the_whole_but_for_half_a_unit_each(minor, of, data):
    cut = data.draw(st.integers(0, of))
    price = Decimal(minor).scaleb(-2)
    parts = [prorated(price, Share(days, of), "NGN") for days in (cut, of - cut)]
    assert abs(sum(parts) - price) <= Decimal("0.01")


def test_what_a_whole_period_costs_counts_what_holds_on_the_day_less_discounts() -> None:
    tariff = Tariff("NGN")
    items = [
        Item(uuid.uuid4(), "Home", Decimal(2), date(2026, 1, 1), price=Decimal("100.005"),
             discount=("percent", Decimal(10))),
        Item(uuid.uuid4(), "Address", Decimal(1), date(2026, 1, 1), date(2026, 3, 1), Decimal(50),
             discount=("amount", Decimal("0.50"))),
        Item(uuid.uuid4(), "Set-up", Decimal(1), date(2026, 1, 1), price=Decimal(5000), once=True),
    ]  # fmt: skip
    assert per_period(items, tariff, date(2026, 2, 1)) == Money.of(Decimal("229.51"), "NGN")
    assert per_period(items, tariff, date(2026, 3, 1)) == Money.of(Decimal("180.01"), "NGN")
    of_plan = Item(uuid.uuid4(), "Home", Decimal(1), date(2026, 1, 1), plan_id=uuid.uuid4())
    assert per_period([*items, of_plan], tariff, date(2026, 3, 1)) is None


def test_more_than_can_be_billed_has_no_price_and_every_digit_is_counted():
    most = Decimal("999999999999.999999")
    huge = replace(FIBRE, quantity=most, price=most)
    assert per_period([huge], TARIFF, MARCH.start) is None
    assert worth(huge, most, "NGN") == round(Fraction(most) ** 2 * 100)
    halves = [replace(FIBRE, price=Decimal(6_000_000_000_000)) for _ in range(2)]
    assert per_period(halves[:1], TARIFF, MARCH.start) == Money(600_000_000_000_000, "NGN")
    assert per_period(halves, TARIFF, MARCH.start) is None


@pytest.mark.parametrize(
    "quantity, price, discount, nothing",
    [
        ("0.000001", "0.000001", None, True),
        ("1", "0.004", None, True),
        ("1", "0.005", None, False),
        ("0", "100", None, True),
        ("1", "100", ("percent", Decimal(100)), True),
        ("1", "100", ("amount", Decimal(100)), True),
        ("1", "100", ("amount", Decimal(101)), False),  # whoever bills it is told that the discount is too large
    ],
)
def test_lines_that_come_to_nothing_are_free(quantity, price, discount, nothing):
    item = replace(FIBRE, quantity=Decimal(quantity), price=Decimal(price), discount=discount)
    assert free(list(charges([item], WHOLE, TARIFF)), "NGN") is nothing


@pytest.mark.parametrize(
    "quantity, price, days, of, amount, formula",
    [
        ("3", "10000", 20, 31, "19354.84", "20 of 31 days: 3 × 10,000.00 × 20 ÷ 31"),
        ("500", "1.01", 7, 30, "117.83", "7 of 30 days: 500 × 1.01 × 7 ÷ 30"),
        ("2.5", "100.05", 11, 30, "91.71", "11 of 30 days: 250.13 (2.5 × 100.05) × 11 ÷ 30"),
    ],
)
def test_a_part_of_several_is_rounded_once_for_the_line(quantity, price, days, of, amount, formula):
    [charge] = charges([several(quantity, price)], part(days, of), TARIFF)
    assert (charge.quantity, charge.unit_price) == (1, Decimal(amount))
    assert charge.detail.splitlines()[-1] == formula


@given(st.decimals("0.01", 1000, places=2), st.decimals(0, 10**6, places=3), st.integers(2, 366), st.data())
def test_days_cost_what_comes_back_for_them_and_all_days_the_whole(quantity, price, of, data):
    days, item = data.draw(st.integers(1, of - 1)), several(quantity, price)

    def cost(billed):
        [charge] = charges([item], billed, TARIFF)
        return worth(replace(item, quantity=charge.quantity), charge.unit_price, "NGN")

    whole = part(of, of).of
    paid = Paid(
        None, False, item.id, None, whole, whole.end, HOME, HOME, "1", "Home", "NGN", cost(part(of, of)), 10**15
    )
    back = given_back(paid, whole.end - timedelta(days=days))
    assert back is not None
    assert back.minor == cost(part(days, of))
    assert abs(cost(part(days, of)) + cost(part(of - days, of)) - paid.total_minor) <= 1


def several(quantity, price):
    return replace(FIBRE, quantity=Decimal(quantity), price=Decimal(price), plan_id=None)


def part(days, of):
    """The first days of a period of so many."""
    start = date(2026, 3, 1)
    whole = Period(start, start + timedelta(days=of))
    return Billed(Period(start, start + timedelta(days=days)), whole, start)
