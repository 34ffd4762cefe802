"""Number patterns: what a business may choose, and what its documents are then called."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.invoices.rules import InvalidPattern, check_pattern, format_number, period_key

DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    "pattern, value, number",
    [
        ("INV-{YYYY}-{0000}", 42, "INV-2026-0042"),
        ("INV-{YYYY}-{0000}", 9999, "INV-2026-9999"),
        ("INV-{YYYY}-{0000}", 10000, "INV-2026-10000"),  # grows, is never cut
        ("{YY}{MM}/{000}", 7, "2603/007"),
        ("{0}", 1, "1"),
        ("No. {00000} #A", 12, "No. 00012 #A"),
    ],
)
def test_a_number_is_the_pattern_filled_in(pattern, value, number):
    assert check_pattern(pattern) == pattern
    assert format_number(pattern, DAY, value) == number


@pytest.mark.parametrize(
    "pattern, sentence",
    [
        ("", "need a pattern"),
        ("   ", "need a pattern"),
        ("INV-{YYYY}", "exactly one counter"),
        ("INV-0001", "exactly one counter"),
        ("{00}-{000}", "exactly one counter"),
        ("INV-{DD}-{000}", "Between braces"),
        ("INV-{yyyy}-{000}", "Between braces"),
        ("INV-{000", "Between braces"),
        ("INV-{}-{000}", "Between braces"),
        ("{{000}}", "Between braces"),
        ("{0:>10000}", "Between braces"),
        ("{0.__class__}", "Between braces"),
        ("N\u00ba {000}", "Use only"),
        ("INV_{000}", "Use only"),
        ("<b>{000}", "Use only"),
        ("INV\n{000}", "Use only"),
        ("INV\x00{000}", "Use only"),
        ("=1+{000}", "Use only"),
        (" INV {000}", "begin or end"),
        ("{000}\n", "begin or end"),
        ("A" * 28 + "{000}", "at most 32"),
    ],
)
def test_a_pattern_that_cannot_number_documents_is_refused(pattern, sentence):
    with pytest.raises(InvalidPattern, match=sentence) as refused:
        check_pattern(pattern)
    assert isinstance(refused.value, Invalid)
    assert list(refused.value.errors) == ["number_pattern"]


@pytest.mark.parametrize("pattern", ["INV-{0000}", "INV-{MM}-{0000}"])
def test_numbers_that_start_again_each_year_must_show_the_year(pattern):
    check_pattern(pattern)
    with pytest.raises(InvalidPattern, match="start again each year"):
        check_pattern(pattern, yearly_reset=True)


@pytest.mark.parametrize("pattern", ["INV-{YYYY}-{0000}", "{YY}-{0}"])
def test_a_yearly_pattern_with_its_year_is_fine(pattern):
    assert check_pattern(pattern, yearly_reset=True) == pattern


def test_the_counter_is_the_year_of_the_issue_date_or_one_for_ever():
    assert period_key(True, date(2026, 12, 31)) == "2026"
    assert period_key(True, date(2027, 1, 1)) == "2027"
    assert period_key(False, date(2026, 12, 31)) == "all"


def test_counting_starts_at_one():
    with pytest.raises(ValueError):
        format_number("{000}", DAY, 0)


@given(
    st.sampled_from(["INV-{YYYY}-{0000}", "{YYYY}{0}", "{0}{YY}", "{YY}{MM}{00}"]),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
)
def test_two_documents_of_one_period_never_share_a_number(pattern, one, other):
    assert (format_number(pattern, DAY, one) == format_number(pattern, DAY, other)) == (one == other)
