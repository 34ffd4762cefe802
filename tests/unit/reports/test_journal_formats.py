"""Cells, names and amounts of an exported journal, one by one."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest

from app.errors import Invalid
from app.reports import beancount, books, journal_csv, periods
from app.reports.accounts import account_name


@pytest.mark.parametrize("typed", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "＝1"])
def test_what_begins_like_a_formula_is_text(typed):
    assert journal_csv.text(typed) == f"'{typed}"


@pytest.mark.parametrize("unseen", ["\xa0", "\xad", "͏", "ᅟ", "\u180e", "\u200b", "\u202e", "⠀", "ㅤ", "\ufeff", "ﾠ", "́"])
def test_nothing_invisible_hides_a_formula(unseen):
    assert journal_csv.text(f"{unseen}=1") == f"'{unseen}=1"
    assert journal_csv.text(f"x;{unseen} @a") == f"x;'{unseen} @a"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("x;=1+1;", "x;'=1+1;"),
        ("x; =1", "x;' =1"),
        ("x\t+1|-2,@y", "x\t'+1|'-2,'@y"),
        ("x\n=1\u2028=2", "x\n'=1\u2028'=2"),
        ('x;"=1;"', 'x;\'"=1;"'),
        ("-1;=2", "'-1;'=2"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_no_part_begins_like_a_formula_where_another_sign_separates_cells(typed, written):
    assert journal_csv.text(typed) == written


@pytest.mark.parametrize(
    "typed",
    ["", "Lekki Hub", "a=b", "A-1", "'quoted", "Adé-Ojo; Sons", "A; B-C, D+E | f@g", "INV-1, INV-2", '"Hub"; Ọ̀yọ́-Ilé'],
)
def test_other_words_stay_as_they_are(typed):
    assert journal_csv.text(typed) == typed


@pytest.mark.parametrize(
    "minor, currency, figure",
    [(125_000, "NGN", "1250.00"), (-5, "NGN", "-0.05"), (500, "JPY", "500"), (-1, "KWD", "-0.001"), (0, "KWD", "0.000"),
     (9_007_199_254_740_993, "NGN", "90071992547409.93"), (10**20 + 1, "NGN", "1000000000000000000.01")],
)  # fmt: skip
def test_an_amount_is_exact_however_large(minor, currency, figure):
    assert books.figure(minor, currency) == figure


@pytest.mark.parametrize(
    "account, name",
    [
        ("receivable", "Assets:Receivable"),
        ("cash:transfer", "Assets:Cash:Transfer"),
        ("cash:gateway", "Assets:Cash:Gateway"),
        ("cash:card_terminal", "Assets:Cash:Card-Terminal"),
        ("client_credit", "Liabilities:ClientCredit"),
        ("bad_debt", "Expenses:BadDebt"),
        ("petty_loans", "Equity:Other:Petty-Loans"),
    ],
)
def test_accounts_have_names_that_beancount_knows(account, name):
    assert account_name(account) == name


def test_every_account_has_a_valid_name_of_its_own_and_none_lies_below_another():
    odd = (
        "loan",
        "Loan",
        "loan:bank",
        "loan bank",
        "loan_bank",
        "loan__bank",
        "7",
        "é",
        ":",
        "",
        "cash",
        "cash:",
        "=x",
    )
    names = [account_name(account) for account in odd]
    assert len(set(names)) == len(odd)
    for name in names:
        assert re.fullmatch(r"(Assets:Cash|Equity:Other):[A-Z0-9][A-Za-z0-9-]*", name), name


@pytest.mark.parametrize(
    "typed, written",
    [
        ('The "Shop"', '"The \\"Shop\\""'),
        ("C:\\x", '"C:\\\\x"'),
        ("a\nb\x00c\u2028d", '"a b c d"'),
        ("₦ عربي; x", '"₦ عربي; x"'),
    ],
)
def test_strings_are_escaped_and_stay_on_one_line(typed, written):
    assert beancount.quoted(typed) == written


@pytest.mark.parametrize(
    "number, link", [("INV-2026-0001", " ^INV-2026-0001"), ("N° 7/é", " ^N-7/"), ("№", ""), ("a b", " ^a-b")]
)
def test_a_number_becomes_a_link_that_beancount_can_read(number, link):
    assert beancount.link(number) == link


@pytest.mark.parametrize(
    "business, name",
    [
        ("Harmattan Fibre", "journal-harmattan-fibre-2026-10-01-to-2026-10-31.csv"),
        ('Adé & "Sons"/../x', "journal-ade-sons-x-2026-10-01-to-2026-10-31.csv"),
        ("!!!", "journal-2026-10-01-to-2026-10-31.csv"),
    ],
)
def test_a_file_is_called_after_business_and_period(business, name):
    period = periods.own_period(date(2026, 10, 1), date(2026, 10, 31))
    assert books.filename(books.Title(uuid.UUID(int=0), business, "NGN", period), "csv") == name


@pytest.mark.parametrize(
    "name, today, first, last",
    [
        ("last-month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("last-month", date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
        ("this-month", date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28)),
        ("this-quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        ("this-quarter", date(2026, 5, 5), date(2026, 4, 1), date(2026, 6, 30)),
        ("this-year", date(2026, 5, 5), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_named_periods_lie_around_today(name, today, first, last):
    period = periods.named_period(name, today)
    assert (period.first, period.last) == (first, last)


def test_a_period_of_one_day_is_one_and_one_that_ends_before_it_begins_is_none():
    day = date(2026, 10, 1)
    assert periods.own_period(day, day).first == day
    with pytest.raises(Invalid):
        periods.own_period(day, date(2026, 9, 30))
