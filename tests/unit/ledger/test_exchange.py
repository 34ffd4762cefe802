"""What postings are worth in the base currency: worked by hand, the arithmetic beside each, and for any amounts."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.exchange import Rate, in_base, settlement
from app.ledger.rules import (
    CLIENT_CREDIT,
    DISCOUNTS,
    EXCHANGE_DIFFERENCE,
    RECEIVABLE,
    REVENUE,
    ROUNDING,
    TAX,
    UNCONVERTED,
    Line,
    balanced,
)
from app.money import Money


def rate(currency: str, base: str, value: str) -> Rate:
    return Rate(currency, base, Decimal(value))


@pytest.mark.parametrize(
    ("currency", "base", "value", "minor", "worth"),
    [
        # 100.00 USD x 1,600 = 160,000.00 NGN
        ("USD", "NGN", "1600", 100_00, 160_000_00),
        # 0.01 USD x 1,533.275 = 15.33275 NGN, to the kobo 15.33
        ("USD", "NGN", "1533.275", 1, 15_33),
        # 1,000 JPY x 10.5 = 10,500.00 NGN: yen have no decimals, naira two
        ("JPY", "NGN", "10.5", 1_000, 10_500_00),
        # 1.500 KWD x 5,200.25 = 7,800.375 NGN, half a kobo goes up: 7,800.38
        ("KWD", "NGN", "5200.25", 1_500, 7_800_38),
        # the same given back: away from zero as well, -7,800.38
        ("KWD", "NGN", "5200.25", -1_500, -7_800_38),
        # 1,000,000.00 NGN x 0.000625 = 625.00 USD
        ("NGN", "USD", "0.000625", 1_000_000_00, 625_00),
        # 7.99 NGN x 0.000625 = 0.00499375 USD: less than half a cent is nothing
        ("NGN", "USD", "0.000625", 7_99, 0),
        # 8.00 NGN x 0.000625 = 0.005 USD: half a cent is one
        ("NGN", "USD", "0.000625", 8_00, 1),
        # 12,345.67 NGN x 0.102 = 1,259.25834 JPY, whole yen: 1,259
        ("NGN", "JPY", "0.102", 12_345_67, 1_259),
        # 50,000,000 IRR x 0.000007312345 = 365.61725 KWD, to the fils 365.617; CLDR counts rials without decimals
        ("IRR", "KWD", "0.000007312345", 50_000_000, 365_617),
    ],
)
def test_an_amount_is_worth_its_major_units_times_the_rate_rounded_once(
    currency: str, base: str, value: str, minor: int, worth: int
) -> None:
    assert rate(currency, base, value).worth(minor) == worth


def bases(lines: list[Line]) -> dict[str, int]:
    """{account: base minor units}; what does not balance is refused."""
    return {line.account: line.base.minor for line in balanced(lines) if line.base}


def test_what_rounding_leaves_of_an_invoice_goes_to_the_rounding_account() -> None:
    # 10.03 USD = 9.33 net + 0.70 tax, at 1,533.275:
    #   receivable 10.03 x 1,533.275 = 15,378.748... -> 15,378.75
    #   revenue     9.33 x 1,533.275 = 14,305.455... -> 14,305.46
    #   tax         0.70 x 1,533.275 =  1,073.2925   ->  1,073.29
    # 15,378.75 - 14,305.46 - 1,073.29 = 0.00: nothing is left here,
    lines = [Line(RECEIVABLE, usd(10_03)), Line(REVENUE, usd(-9_33)), Line(TAX, usd(-70))]
    at = rate("USD", "NGN", "1533.275")
    assert bases(in_base(lines, at)) == {RECEIVABLE: 15_378_75, REVENUE: -14_305_46, TAX: -1_073_29}
    # but where kobo are coarse it is: 10.03 USD = 9.44 - 0.11 discount + 0.70 tax, at 0.08:
    #   receivable 0.8024 -> 0.80, discount 0.0088 -> 0.01, revenue 0.7552 -> 0.76, tax 0.056 -> 0.06
    #   0.80 + 0.01 - 0.76 - 0.06 = -0.01: one kobo more was credited than debited, so rounding is debited.
    parts = [Line(RECEIVABLE, usd(10_03)), Line(DISCOUNTS, usd(11)), Line(REVENUE, usd(-9_44)), Line(TAX, usd(-70))]
    expected = {RECEIVABLE: 80, DISCOUNTS: 1, REVENUE: -76, TAX: -6, ROUNDING: 1}
    assert bases(in_base(parts, rate("USD", "NGN", "0.08"))) == expected


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def settled(minor: int, given: Rate | None, owed: Rate | None, left: int, balance: int, before: int = 0) -> list[Line]:
    """So much of a credit settles an invoice; `left` and `balance` are what there was of the two."""
    money = Money(minor, "USD")
    return settlement(
        Line(CLIENT_CREDIT, money),
        Line(RECEIVABLE, -money),
        given,
        owed,
        left=(left, left - minor),
        balance=(balance, balance - minor),
        taken=(before, before + minor),
    )


def test_money_that_came_at_a_higher_rate_is_a_gain() -> None:
    # Owed 100.00 USD at 1,500 = 150,000.00; paid at 1,600 = 160,000.00: 10,000.00 gained, a credit.
    lines = settled(100_00, rate("USD", "NGN", "1600"), rate("USD", "NGN", "1500"), 100_00, 100_00)
    assert bases(lines) == {CLIENT_CREDIT: 160_000_00, RECEIVABLE: -150_000_00, EXCHANGE_DIFFERENCE: -10_000_00}


def test_money_that_came_at_a_lower_rate_is_a_loss() -> None:
    # Owed 100.00 at 1,500 = 150,000.00; paid at 1,425.5 = 142,550.00: 7,450.00 lost, a debit.
    lines = settled(100_00, rate("USD", "NGN", "1425.5"), rate("USD", "NGN", "1500"), 100_00, 100_00)
    assert bases(lines) == {CLIENT_CREDIT: 142_550_00, RECEIVABLE: -150_000_00, EXCHANGE_DIFFERENCE: 7_450_00}


def test_at_the_same_rate_only_a_remainder_is_left_and_it_is_no_exchange_difference() -> None:
    # At 0.5: 0.01 of 0.03 left is worth 0.015 -> 0.02 less 0.01 = 0.01; of a balance of 0.02, 0.01 less 0.005 -> 0.01
    # is 0.00. Credit 0.01, receivable 0.00: the kobo is a remainder.
    at = rate("USD", "NGN", "0.5")
    assert bases(settled(1, at, at, 3, 2)) == {CLIENT_CREDIT: 1, RECEIVABLE: 0, ROUNDING: -1}


def test_what_has_a_rate_and_what_has_none_meet_in_an_account_of_its_own() -> None:
    # 40.00 at 1,600 = 64,000.00 for an invoice that nobody gave a rate; and the other way round, 60,000.00 at 1,500.
    given, owed = rate("USD", "NGN", "1600"), rate("USD", "NGN", "1500")
    assert bases(settled(40_00, given, None, 40_00, 40_00)) == {CLIENT_CREDIT: 64_000_00, UNCONVERTED: -64_000_00}
    assert bases(settled(40_00, None, owed, 40_00, 40_00)) == {RECEIVABLE: -60_000_00, UNCONVERTED: 60_000_00}
    assert bases(settled(40_00, None, None, 40_00, 40_00)) == {}


minors = st.integers(min_value=1, max_value=10**7)
values = st.decimals(min_value="0.000001", max_value=5000, places=6, allow_nan=False)


@given(st.lists(st.tuples(minors, values), min_size=1, max_size=6), values, st.sampled_from(["JPY", "NGN", "KWD"]))
def test_parts_at_any_rates_leave_nothing_of_what_they_settle(
    parts: list[tuple[int, Decimal]], owed: Decimal, base: str
) -> None:
    total = balance = sum(minor for minor, _ in parts)
    sums: dict[str, int] = defaultdict(int)
    at = Rate("USD", base, owed)
    for minor, value in parts:
        for line in balanced(settled(minor, Rate("USD", base, value), at, minor, balance)):
            sums[line.account] += line.base.minor if line.base else 0
        balance -= minor
    assert sums[RECEIVABLE] == -at.worth(total)
    came = sum(Rate("USD", base, value).worth(minor) for minor, value in parts)
    assert sums[CLIENT_CREDIT] == came
    assert sums[EXCHANGE_DIFFERENCE] == -sum(Rate("USD", base, value - owed).worth(minor) for minor, value in parts)
    # Each step rounds three times, by half a unit at most.
    assert abs(sums[ROUNDING]) <= 2 * len(parts)
