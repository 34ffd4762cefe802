"""What an accountant gets is complete and exact, proves it by itself, and holds nothing of anybody else."""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from app import clock
from app.ledger import service as ledger
from app.ledger.queries import account_balances
from app.ledger.rules import Line
from app.money import Money, exponent
from tests.integration.reports.books import OCTOBER, Table, bean_check, bill, keep_books, pay, read_table
from tests.support.story import Story, a_business

EVERYTHING = "?from=2026-01-01&to=2026-12-31"


@pytest.fixture
def app(opened: Flask) -> Flask:
    return opened


@pytest.fixture
def ours(app) -> Story:
    story = a_business(app, "Harmattan Fibre")
    keep_books(story)
    return story


def in_major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def balances(story: Story) -> dict[tuple[str, str], Decimal]:
    """{(currency, account): what the ledger itself says}."""
    found = account_balances(story.business_id).items()
    return {(currency, account): in_major(minor, currency) for (account, currency), minor in found if minor}


def net(table: Table) -> dict[tuple[str, str], Decimal]:
    return {key: debit - credit for key, (debit, credit) in table.moved().items() if debit != credit}


# -- CSV ---------------------------------------------------------------------------------------------------------------


def test_the_lines_of_all_time_add_up_to_the_ledger_in_every_currency(ours, download):
    table = read_table(download(ours, "csv", EVERYTHING))
    assert net(table) == balances(ours)
    assert {currency for currency, _ in net(table)} == {"NGN", "JPY", "KWD"}


def test_the_lines_prove_the_control_totals_and_the_control_totals_the_lines(ours, download):
    table = read_table(download(ours, "csv"))
    accounts = table.controlled("account")
    assert table.moved() == {
        key: (Decimal(row["debits"]), Decimal(row["credits"])) for key, row in accounts.items() if int(row["lines"])
    }
    before = net(read_table(download(ours, "csv", "?from=2026-01-01&to=2026-09-30")))
    for key, row in accounts.items():
        assert Decimal(row["opening"]) == before.get(key, 0)
        assert Decimal(row["opening"]) + Decimal(row["debits"]) - Decimal(row["credits"]) == Decimal(row["closing"])
        assert Decimal(row["closing"]) == balances(ours).get(key, 0)


def test_debits_are_credits_and_entries_are_counted_per_currency(ours, download):
    table = read_table(download(ours, "csv"))
    for (currency, _), row in table.controlled("currency").items():
        lines = [line for line in table.lines if line["currency"] == currency]
        assert row["debits"] == row["credits"]
        assert int(row["lines"]) == len(lines)
        assert int(row["entries"]) == len({line["entry_id"] for line in lines})
        assert Decimal(row["debits"]) == sum(Decimal(line["debit"] or 0) for line in lines)


def test_adding_up_a_whole_column_still_gives_the_total_of_the_lines(ours, download):
    """The control totals stand in other columns than the amounts they are about."""
    table = read_table(download(ours, "csv"))
    for side in ("debit", "credit"):
        column = table.head.index(side)
        of_controls = [record[column] for record in table.below]
        assert of_controls
        assert not any(of_controls)


def test_amounts_have_the_decimals_of_their_currency(ours, download):
    places = {"NGN": r"\d+\.\d{2}", "JPY": r"\d+", "KWD": r"\d+\.\d{3}"}
    for line in read_table(download(ours, "csv")).lines:
        assert re.fullmatch(places[line["currency"]], line["debit"] or line["credit"])
        assert not (line["debit"] and line["credit"])


def test_every_line_says_what_it_is_about(ours, download):
    issued = [line for line in read_table(download(ours, "csv")).lines if line["kind"] == "issue"]
    assert {line["source_kind"] for line in issued} == {"invoice"}
    assert {line["client"] for line in issued} == {"Lekki Hub"}
    assert all(line["document"].startswith("INV-2026-") for line in issued)
    paid = [line for line in read_table(download(ours, "csv")).lines if line["kind"] == "payment"]
    assert {(line["document"], line["client"], line["memo"]) for line in paid} == {("", "Lekki Hub", "Slip 7")}


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x.example";"open")', "+1", "-2", "@SUM(A1)", " =1+1"])
def test_a_client_s_name_never_runs_as_a_formula(app, download, name):
    story = a_business(app, "Harmattan Fibre", name)
    keep_books(story)
    table = read_table(download(story, "csv"))
    assert {line["client"] for line in table.lines} == {f"'{name}"}
    assert any(row["opening"].startswith("-") for row in table.controls), "numbers stay numbers"
    assert net(read_table(download(story, "csv", EVERYTHING))) == balances(story)


def test_excel_reads_it_as_utf_8(app, download):
    story = a_business(app, "Harmattan Fibre", 'Adébáyọ̀, "Sons"\u2009& Co')
    bill(story, "10")
    raw = download(story, "csv")
    assert raw.startswith(b"\xef\xbb\xbfdate,entry_id,")
    assert b"\r\n" in raw
    assert {line["client"] for line in read_table(raw).lines} == {'Adébáyọ̀, "Sons"\u2009& Co'}


# -- beancount ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(ours, download) -> str:
    return download(ours, "beancount").decode()


def test_bean_check_accepts_it(file, tmp_path):
    assert bean_check(file, tmp_path) == []


def test_it_has_a_transaction_for_each_entry_and_asserts_every_account(ours, download, file):
    table = read_table(download(ours, "csv"))
    assert set(re.findall('  entry: "(.+)"', file)) == {line["entry_id"] for line in table.lines}
    asserted = re.findall(r"^2026-11-01 balance \S+  (\S+) ~ \S+ (\w{3})$", file, re.MULTILINE)
    closing = [(row["closing"], row["currency"]) for row in table.controlled("account").values()]
    assert sorted(asserted) == sorted(closing)
    assert "^INV-2026-0001" in file
    assert 'option "title" "Harmattan Fibre"' in file


def postings(file: str) -> list[re.Match[str]]:
    return list(re.finditer(r"^  [A-Z]\S+  (-?[\d.]+) (\w{3})$", file, re.MULTILINE))


def changed(file: str, posting: re.Match[str], by: int) -> str:
    """The file with one amount larger by so many of its smallest units."""
    amount = Decimal(posting[1])
    unit = Decimal(1).scaleb(int(amount.as_tuple().exponent))
    return f"{file[: posting.start(1)]}{amount + by * unit}{file[posting.end(1) :]}"


@pytest.mark.parametrize("currency", ["NGN", "JPY", "KWD"])
def test_bean_check_refuses_it_when_one_amount_differs_by_the_smallest_unit(file, tmp_path, currency):
    posting = next(one for one in postings(file) if one[2] == currency)
    assert bean_check(changed(file, posting, 1), tmp_path)


def test_bean_check_refuses_it_when_a_transaction_was_changed_and_still_balances(file, tmp_path):
    start = file.index('"Payment received"')
    first, second = [one for one in postings(file) if one.start() > start][:2]
    doctored = changed(changed(file, second, -1), first, 1)
    complaints = bean_check(doctored, tmp_path)
    assert complaints
    assert all("Balance failed" in one for one in complaints)


def test_bean_check_refuses_it_when_a_transaction_is_missing(file, tmp_path):
    parts = file.split("\n\n")
    place = next(number for number, part in enumerate(parts) if '"Payment received"' in part)
    assert bean_check("\n\n".join(parts[:place] + parts[place + 1 :]), tmp_path)


def test_odd_names_and_accounts_nobody_has_placed_yet_are_accepted(app, download, tmp_path):
    story = a_business(app, 'The "Back\\slash" Shop; Ünlü', 'Quote " and \\ and ; and ₦ عربي 🎉')
    bill(story, "10")
    accounts = ("bad_debt", "fees", "loan", "loan:bank", "Loan bank", "cash:barter", "7", "é", "x" * 32)
    lines = [Line(name, Money(100, "NGN")) for name in accounts]
    lines.append(Line("revenue", Money(-100 * len(accounts), "NGN")))
    memo = 'Two\nlines, a "quote" and a \\'
    ledger.post(story.business_id, "odd_kind", "thing", uuid.uuid4(), OCTOBER, clock.now(), lines, memo)
    file = download(story, "beancount").decode()
    assert bean_check(file, tmp_path) == []
    assert len(re.findall("^2026-11-01 balance", file, re.MULTILINE)) == len(accounts) + 3


def test_the_money_of_every_method_lies_in_an_account_of_its_own(app, download, tmp_path):
    story = a_business(app)
    for method in ("cash", "transfer", "cheque", "card_terminal", "mobile_money", "other"):
        pay(story, bill(story, "10"), 500, method=method)
    file = download(story, "beancount").decode()
    assert bean_check(file, tmp_path) == []
    assert len(set(re.findall(r"open (Assets:Cash:\S+)", file))) == 6


# -- both --------------------------------------------------------------------------------------------------------------


def test_an_empty_period_says_so_and_is_still_a_file(ours, download, tmp_path):
    days = "?from=2020-01-01&to=2020-12-31"
    table = read_table(download(ours, "csv", days))
    assert table.lines == []
    assert [row["control_total"] for row in table.controls] == ["period"]
    assert bean_check(download(ours, "beancount", days).decode(), tmp_path) == []


def test_a_quiet_month_carries_the_balances_through(ours, download, tmp_path):
    days = "?from=2026-12-01&to=2026-12-31"
    table = read_table(download(ours, "csv", days))
    assert table.lines == []
    closing = {key: Decimal(row["closing"]) for key, row in table.controlled("account").items()}
    assert closing == balances(ours)
    assert bean_check(download(ours, "beancount", days).decode(), tmp_path) == []


def test_months_join_without_a_gap_and_without_an_overlap(ours, download):
    months = ("?from=2026-09-01&to=2026-09-30", "?from=2026-10-01&to=2026-10-31")
    parts = [line["entry_id"] for days in months for line in read_table(download(ours, "csv", days)).lines]
    assert sorted(parts) == sorted(line["entry_id"] for line in read_table(download(ours, "csv", EVERYTHING)).lines)


@pytest.mark.parametrize("form", ["csv", "beancount"])
def test_nothing_of_another_business_is_in_it(app, ours, download, form):
    before = download(ours, form)
    other = a_business(app, "Savannah Coffee", "Koko Roastery")
    keep_books(other)
    assert download(ours, form) == before
    assert "Koko" in download(other, form).decode()


@pytest.mark.parametrize("form", ["csv", "beancount"])
def test_the_command_writes_what_the_page_gives(app, ours, download, form):
    days = ("--from", "2026-10-01", "--to", "2026-10-31", "--format", form)
    for named in (str(ours.business_id), "Harmattan Fibre"):
        result = app.test_cli_runner().invoke(args=["export-journal", "--business", named, *days])
        assert result.exit_code == 0, result.output
        assert result.stdout_bytes == download(ours, form)


@pytest.mark.parametrize(
    ("business", "last", "sentence"),
    [
        ("Nobody Ltd", "2026-10-31", "there is no such business"),
        ("00000000-0000-0000-0000-000000000000", "2026-10-31", "There is nothing here"),
        ("Harmattan Fibre", "2026-09-30", "The period ends before it begins"),
        ("Harmattan Fibre", "9999-12-31", "Enter dates from 1990 to 2199."),
    ],
)
def test_the_command_says_what_is_wrong(app, ours, business, last, sentence):
    arguments = ["export-journal", "--business", business, "--from", "2026-10-01", "--to", last]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code != 0
    assert sentence in result.output


def test_a_payment_booked_into_the_past_moves_the_opening_balance(ours, download):
    key = ("NGN", "cash:cash")
    before = read_table(download(ours, "csv")).controlled("account")[key]
    pay(ours, bill(ours, "500"), 12_345, day=date(2026, 9, 30))
    after = read_table(download(ours, "csv")).controlled("account")[key]
    assert Decimal(after["opening"]) - Decimal(before["opening"]) == Decimal("123.45")
    assert after["debits"] == before["debits"]
