"""A statement says what the ledger says: balances of both ends, every movement between, currencies kept apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.errors import NotFound
from app.extensions import db
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.queries import client_balance
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE
from app.reports import statement_queries
from app.reports.errors import TooManyMovements
from app.reports.periods import Period
from app.reports.printing import told
from app.reports.statement_queries import Account, get_account
from tests.integration.reports.books import bill, pay
from tests.integration.reports.statements import NOW, TODAY, a_past, give_up, post, undo
from tests.support.story import Story, a_business

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
UNTIL_TODAY = Period(date(2026, 10, 1), TODAY)
ALWAYS = Period(date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture
def ours(opened: Flask) -> Story:
    return a_business(opened, "Harmattan Fibre")


def account(story: Story, period: Period = OCTOBER, currency: str = "", today: date = TODAY) -> Account:
    db.session.rollback()
    return get_account(story.business_id, story.client_id, period, today, currency)


def lines(found: Account) -> list[tuple[str, str, int, int]]:
    """What, which document, how much and the balance after it, of every line."""
    return [(*told(row.movement, to_client=False)[:2], row.movement.minor, row.balance) for row in found.statement.rows]


def in_the_ledger(story: Story, currency: str, day: date) -> int:
    """The client's balance at the end of a day, asked of the ledger in another way."""
    query = (
        select(func.coalesce(func.sum(JournalLine.amount_minor), 0))
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.business_id == story.business_id, JournalLine.client_id == story.client_id)
        .where(JournalLine.account.in_((RECEIVABLE, CLIENT_CREDIT)), JournalLine.currency == currency)
        .where(JournalEntry.on_date <= day)
    )
    return int(db.session.scalar(query) or 0)


# -- the lines ---------------------------------------------------------------------------------------------------------


def test_a_month_begins_with_what_was_owed_and_lists_what_moved_it(ours):
    a_past(ours)
    found = account(ours)
    assert found.statement.opening == 10_750
    assert lines(found) == [
        ("Payment received", "Slip 7", -3_000, 7_750),
        ("Invoice", "INV-2026-0002", 5_375, 13_125),
        ("Payment received", "Slip 7", -7_375, 5_750),
    ]
    assert found.statement.closing == 5_750


def test_an_allocation_is_no_line(ours):
    pay(ours, bill(ours, "100"), 10_750)
    kinds = set(db.session.scalars(select(JournalEntry.kind).where(JournalEntry.business_id == ours.business_id)))
    assert "allocation" in kinds
    assert [row.movement.kind for row in account(ours).statement.rows] == ["issue", "payment"]


def test_currencies_are_never_added(ours):
    a_past(ours)
    naira, yen = account(ours), account(ours, currency="JPY")
    assert naira.currencies == yen.currencies == ("NGN", "JPY")
    assert (yen.currency, yen.statement.opening, yen.statement.closing) == ("JPY", 0, 1_075)
    assert {invoice.minor for invoice in yen.open} == {1_075}
    assert naira.statement.closing == 5_750


def test_a_currency_in_which_nothing_happened_is_not_offered(ours):
    a_past(ours)
    assert account(ours, currency="EUR").currency == "NGN"


def test_a_client_without_a_past_owes_nothing_in_their_own_currency(ours):
    found = account(ours)
    assert (found.currencies, found.statement.closing, found.statement.rows, found.open) == (("NGN",), 0, (), ())


def test_what_is_undone_void_or_given_up_is_a_line_of_its_own(ours):
    first = bill(ours, "100", day=date(2026, 11, 2))
    payment = pay(ours, first, 10_750)
    undo(ours, payment)
    give_up(ours, first)
    found = account(ours, Period(date(2026, 10, 1), date(2026, 11, 30)))
    assert [(title, minor) for title, _, minor, _ in lines(found)] == [
        ("Payment received", -10_750),
        ("Invoice", 10_750),
        ("Payment undone", 10_750),
        ("Written off", -10_750),
    ]
    assert [told(row.movement, to_client=True)[0] for row in found.statement.rows][-2:] == [
        "Payment undone",
        "Closed unpaid",
    ]


def test_kinds_that_nobody_named_yet_are_shown_all_the_same(ours):
    post(ours, "credit_note", "credit_note", -2_000, date(2026, 10, 5), "CN-2026-0001")
    post(ours, "refund", "refund", 500, date(2026, 10, 6))
    post(ours, "late_fee", "late_fee", 700, date(2026, 10, 7), "Fee for September")
    assert lines(account(ours)) == [
        ("Credit note", "CN-2026-0001", -2_000, -2_000),
        ("Refund paid", "", 500, -1_500),
        ("Late fee", "Fee for September", 700, -800),
    ]


def test_both_days_of_a_period_are_in_it(ours):
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)):
        bill(ours, "100", day=day)
    found = account(ours)
    assert [row.movement.on_date for row in found.statement.rows] == [date(2026, 10, 1), date(2026, 10, 31)]
    assert (found.statement.opening, found.statement.closing) == (10_750, 32_250)


# -- what of it is late ------------------------------------------------------------------------------------------------


def test_a_period_that_ends_today_says_how_late_its_balance_is(ours):
    a_past(ours)
    found = account(ours, UNTIL_TODAY)
    assert found.ages == (0, 21_500, 7_750, 0, 0)
    assert found.credit == -2_000
    assert sum(found.ages) + found.credit == found.statement.closing == 27_250
    assert found.overdue == 29_250


@pytest.mark.parametrize("last", [date(2026, 10, 31), date(2026, 11, 19), date(2026, 11, 21)])
def test_a_period_that_ends_on_another_day_does_not(ours, last):
    a_past(ours)
    found = account(ours, Period(date(2026, 10, 1), last))
    assert (found.ages, found.credit, found.overdue) == (None, None, 0)


def test_an_invoice_dated_tomorrow_is_open_but_in_no_balance_of_today(ours):
    bill(ours, "100", day=date(2026, 11, 20))
    bill(ours, "100", day=date(2026, 11, 21))
    found = account(ours, UNTIL_TODAY)
    assert found.statement.closing == 10_750
    assert found.ages is None
    assert len(found.open) == 2


# -- whose -------------------------------------------------------------------------------------------------------------


def test_nothing_of_other_clients_or_businesses_is_in_it(opened, ours):
    theirs = a_business(opened, "Savannah Coffee", "Koko Roastery")
    a_past(theirs)
    other = create_client(ours.owner, ClientValues(name="Somebody else"), now=NOW)
    a_past(Story(ours.app, ours.business_id, ours.owner, ours.token, other.id, ours.tax_id))
    found = account(ours, ALWAYS)
    assert (found.statement.opening, found.statement.rows, found.open, found.currencies) == (0, (), (), ("NGN",))
    with pytest.raises(NotFound):
        get_account(ours.business_id, theirs.client_id, OCTOBER, TODAY)


def test_more_than_one_statement_holds_is_refused_with_what_to_do(ours, monkeypatch):
    monkeypatch.setattr(statement_queries, "MOST_MOVEMENTS", 2)
    for _ in range(3):
        bill(ours, "1")
    with pytest.raises(TooManyMovements, match="shorter"):
        account(ours)


# -- always ------------------------------------------------------------------------------------------------------------

DAYS = st.integers(0, 60).map(lambda days: date(2026, 9, 1) + timedelta(days=days))
POSTING = st.tuples(
    st.sampled_from(["issue", "payment", "reversal", "credit_note", "refund", "late_fee"]),
    st.integers(-(10**9), 10**9).filter(bool),
    DAYS,
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(POSTING, max_size=12), DAYS, st.integers(0, 60))
def test_opening_and_closing_are_what_the_ledger_says_at_those_days(ours, postings, first, length):
    for kind, minor, day in postings:
        post(ours, kind, kind, minor, day)
    period = Period(first, first + timedelta(days=length))
    statement = account(ours, period).statement
    assert statement.opening == in_the_ledger(ours, "NGN", period.first - timedelta(days=1))
    assert statement.closing == in_the_ledger(ours, "NGN", period.last)
    assert statement.closing == statement.opening + statement.charges + statement.credits
    whole = account(ours, ALWAYS).statement
    assert whole.closing == client_balance(ours.business_id, ours.client_id).get("NGN", 0)
