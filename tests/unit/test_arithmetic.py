"""Arithmetic that is written down is done again, and what is not so is found."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.support.arithmetic import WrongSum, check_sum

CENT = Fraction(1, 100)


@pytest.mark.parametrize(
    "text, result, how",
    [
        ("9.99", "9.99", ""),
        ("3 × 33.335 = 100.005 → 100.01 (half up)", "100.01", "half up"),
        ("7.5 % of 100.01 = 7.50075 → 7.50 (half up)", "7.5", "half up"),
        ("9.975 % of (85.50 + 4.28) = 8.955555 → 8.96 (half up)", "8.96", "half up"),
        ("95.00 × 7.5 / 107.5 = 6.627906… → 6.63 (half up)", "6.63", "half up"),
        ("10.00 × 33.33 / 99.99 = 3.3333… → 3.33 (down)", "3.33", "down"),
        ("10.00 × 33.33 / 99.99 = 3.3333… → 3.34 (largest remainder)", "3.34", "largest remainder"),
        ("2 × 1,250.00 + 7 − 0.50 = 2,506.50", "2506.5", ""),
        ("5 − 6 = −1", "-1", ""),
    ],
)
def test_a_sum_that_is_right_comes_to_what_stands_at_its_end(text, result, how):
    done = check_sum(text, CENT)
    assert (done.result, done.how) == (Fraction(result), how)


def test_a_sum_says_what_it_is_made_of():
    done = check_sum("9.975 % of (1,085.50 + 4.28) = 108.705555 → 108.71 (half up)", CENT)
    assert done.operands == ("9.975", "1,085.50", "4.28")
    assert done.exact == Fraction("108.705555")


@pytest.mark.parametrize(
    "text, why",
    [
        ("2 × 2 = 5", "is not 5"),
        ("2 × 2.005 = 4.01 → 4.02 (half up)", "nothing to round"),
        ("3 × 0.335 = 1.005 → 1.00 (half up)", "is not 1.00"),
        ("3 × 0.335 = 1.005 → 1.01 (down)", "is not 1.01"),
        ("3 × 0.335 = 1.005 → 1.00 (largest remainder)", "is not 1.00"),
        ("3 × 0.335 = 1.005 → 1.01 (to even)", "nobody rounds"),
        ("1 / 3 = 0.3333", "is not 0.3333"),
        ("1 / 3 = 0.3334… → 0.33 (half up)", "is not 0.3334"),
        ("1 / 3 = 0.3333…", "goes on for ever"),
        ("1 / 4 = 0.25…", "goes on for ever"),
        ("2 × 2", "what does it come to"),
        ("2 × (2 + 1 = 6", "not closed"),
        ("2 × = 4", "number is missing"),
        ("2 2 = 4", "cannot be read"),
        ("2 * 2 = 4", "cannot be read"),
        ("12,50 × 2 = 2500", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_what_is_not_so_is_found(text, why):
    with pytest.raises(WrongSum, match=why):
        check_sum(text, CENT)
