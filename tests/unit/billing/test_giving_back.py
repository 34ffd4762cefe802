"""What comes back of days that are not used: to the last coin what the formula says, and never more or less in all."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import Period
from app.billing.rules.changing import Paid, given_back
from app.money import round_half_up

NOBODY, START = uuid.UUID(int=0), date(2026, 3, 1)


def paid(total: int, days: int, upto: int | None = None, left: int | None = None) -> Paid:
    """A line of so many days that came to so much, of which the days from `upto` on were given back before."""
    end = START + timedelta(days=days)
    until = end if upto is None else START + timedelta(days=upto)
    ids = dict.fromkeys(("item_id", "claim_id", "invoice_id", "line_id"), NOBODY)
    return Paid(id=None, noted=False, days=Period(START, end), upto=until, number="1", title="Home", currency="NGN",
                total_minor=total, left_minor=total if left is None else left, **ids)  # fmt: skip


TOTALS, DAYS = st.integers(0, 10**9), st.integers(1, 400)


@given(TOTALS, DAYS)
def test_all_days_are_the_whole_line(total: int, days: int):
    back = given_back(paid(total, days), START)
    assert back is not None
    assert back.minor == total


@given(TOTALS, DAYS, st.data())
def test_however_it_is_split_it_comes_to_the_whole(total: int, days: int, data: st.DataObject):
    cuts = data.draw(st.lists(st.integers(0, days - 1), unique=True))
    upto, back, left = days, 0, total
    for at in sorted({0, *cuts}, reverse=True):
        one = given_back(paid(total, days, upto, left), START + timedelta(days=at))
        assert one is not None
        assert one.minor >= 0
        upto, back, left = at, back + one.minor, left - one.minor
    assert (back, left) == (total, 0)


@given(TOTALS, DAYS, st.data())
def test_what_comes_back_is_what_its_formula_says(total: int, days: int, data: st.DataObject):
    at = data.draw(st.integers(0, days - 1))
    one = given_back(paid(total, days), START + timedelta(days=at))
    assert one is not None
    assert one.minor == round_half_up(Fraction(total * one.days, days))


def test_half_a_coin_goes_to_the_client():
    one = given_back(paid(5, 2), START + timedelta(days=1))
    assert one is not None
    assert (one.minor, one.words()) == (3, "Home: 1 of 2 days unused, 0.05 × 1 ÷ 2")
