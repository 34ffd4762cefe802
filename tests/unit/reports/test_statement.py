"""The arithmetic of a statement: the balance after each line, what is late, which days a period has, and its words."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.reports.periods import Period
from app.reports.statement import (
    AGE_WORDS,
    Movement,
    OpenInvoice,
    ages,
    balanced,
    chosen_period,
    event_words,
    latest,
    typed_period,
)

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
TODAY = date(2026, 11, 27)
MINOR = st.integers(-(10**15), 10**15)


def moved(minor: int, kind: str = "issue", source: str = "invoice", day: date = OCTOBER.first) -> Movement:
    return Movement(day, kind, source, uuid.UUID(int=1), minor)


# -- the running balance -----------------------------------------------------------------------------------------------


def test_each_line_says_the_balance_after_it():
    statement = balanced(OCTOBER, "NGN", 12_000, [moved(8_600), moved(-20_000), moved(-1_000), moved(400)])
    assert [row.balance for row in statement.rows] == [20_600, 600, -400, 0]
    assert (statement.opening, statement.closing) == (12_000, 0)
    assert (statement.charges, statement.credits) == (9_000, -21_000)


def test_without_a_movement_the_balance_stays_what_it_was():
    statement = balanced(OCTOBER, "NGN", -700, [])
    assert (statement.closing, statement.charges, statement.credits, statement.rows) == (-700, 0, 0, ())


def test_what_moves_nothing_is_no_line():
    assert balanced(OCTOBER, "NGN", 5, [moved(0, "allocation", "allocation")]).rows == ()


@given(MINOR, st.lists(MINOR, max_size=60))
def test_opening_charges_and_credits_come_to_the_closing_balance(opening: int, minors: list[int]):
    statement = balanced(OCTOBER, "NGN", opening, [moved(minor) for minor in minors])
    assert statement.closing == opening + sum(minors) == opening + statement.charges + statement.credits
    assert statement.charges >= 0 >= statement.credits
    before = opening
    for row in statement.rows:
        assert row.balance - row.movement.minor == before
        before = row.balance


@given(MINOR, st.lists(MINOR.filter(bool), max_size=30), st.integers(1, 40))
def test_the_end_of_a_long_statement_begins_where_the_rest_stopped(opening: int, minors: list[int], most: int):
    statement = balanced(OCTOBER, "NGN", opening, [moved(minor) for minor in minors])
    end = latest(statement, most)
    assert end.before + len(end.rows) == len(minors)
    assert len(end.rows) == min(most, len(minors))
    assert end.balance == opening + sum(minors[: end.before])


# -- how late ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days, age", [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (2000, 4)]
)
def test_a_debt_has_the_age_of_the_days_since_it_was_due(days, age):
    invoice = OpenInvoice(uuid.UUID(int=1), "INV-1", TODAY - timedelta(days=days), 500)
    expected = [0] * len(AGE_WORDS)
    expected[age] = 500
    assert ages([invoice], TODAY) == expected
    assert invoice.late(TODAY) == days


# -- which days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, today, first, last",
    [
        ("recent", TODAY, date(2026, 9, 1), TODAY),
        ("", TODAY, date(2026, 9, 1), TODAY),
        ("no-such-thing", date(2026, 1, 1), date(2025, 11, 1), date(2026, 1, 1)),
        ("this-month", TODAY, date(2026, 11, 1), TODAY),
        ("this-month", date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 1)),
        ("last-month", TODAY, date(2026, 10, 1), date(2026, 10, 31)),
        ("this-quarter", TODAY, date(2026, 10, 1), TODAY),
        ("this-year", TODAY, date(2026, 1, 1), TODAY),
    ],
)
def test_a_named_period_never_ends_after_today(name, today, first, last):
    period = chosen_period(name, today)
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize("first, last", [("", ""), ("2026-10-01", "x"), ("2026-10-31", "2026-10-01"), ("1", "2")])
def test_dates_in_an_address_that_make_no_period_are_refused(first, last):
    with pytest.raises(Invalid):
        typed_period(first, last)


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, source, staff, client",
    [
        ("issue", "invoice", "Invoice", "Invoice"),
        ("void", "invoice", "Invoice voided", "Invoice withdrawn"),
        ("payment", "payment", "Payment received", "Payment received"),
        ("reversal", "payment", "Payment undone", "Payment undone"),
        ("write_off", "write_off", "Written off", "Closed unpaid"),
        ("recovery", "write_off", "Owed again", "Owed again"),
        ("credit_note", "credit_note", "Credit note", "Credit note"),
        ("void_credit_note", "credit_note", "Credit note voided", "Credit note withdrawn"),
        ("refund", "refund", "Refund paid", "Refund paid"),
        ("refund_failed", "refund", "Refund came back", "Refund came back"),
        ("interest", "loan", "Loan interest", "Loan interest"),
        ("late_fee", "late_fee", "Late fee", "Late fee"),
        ("fee", "", "Fee", "Fee"),
    ],
)
def test_every_kind_has_a_word_also_those_that_nobody_named(kind, source, staff, client):
    movement = moved(1, kind, source)
    assert event_words(movement, to_client=False) == staff
    assert event_words(movement, to_client=True) == client
