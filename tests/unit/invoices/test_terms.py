"""Payment terms always give a due date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.invoices.rules import MAX_TERM_DAYS, TERM_CHOICES, due_date, term_label


@pytest.mark.parametrize(
    "issued, days, due",
    [
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 20), 7, date(2026, 11, 27)),
        (date(2026, 1, 31), 30, date(2026, 3, 2)),  # February 2026 has 28 days: 28 Feb + 2
        (date(2028, 1, 31), 30, date(2028, 3, 1)),  # a leap year
        (date(2026, 12, 20), 14, date(2027, 1, 3)),
        (date(9998, 12, 31), 0, date(9998, 12, 31)),
    ],
)
def test_the_due_date_is_the_issue_date_plus_the_days(issued, days, due):
    assert due_date(issued, days) == due


@pytest.mark.parametrize("days", [-1, 366, 10**9])
def test_terms_outside_a_year_are_refused(days):
    with pytest.raises(Invalid) as refused:
        due_date(date(2026, 1, 1), days)
    assert list(refused.value.errors) == ["terms_days"]


@pytest.mark.parametrize("issued, days", [(date(9999, 1, 1), 0), (date.max, 365), (date(9998, 12, 31), 1)])
def test_dates_at_the_end_of_the_calendar_are_refused(issued, days):
    with pytest.raises(Invalid) as refused:
        due_date(issued, days)
    assert list(refused.value.errors) == ["issue_date"]


@given(st.dates(max_value=date(9997, 12, 31)), st.integers(0, MAX_TERM_DAYS))
def test_no_due_date_is_before_its_issue_date(issued, days):
    assert (due_date(issued, days) - issued).days == days


def test_terms_have_words():
    labels = ["On receipt", "7 days", "14 days", "30 days", "45 days", "60 days", "90 days"]
    assert [term_label(days) for days in TERM_CHOICES] == labels
    assert term_label(1) == "1 day"
