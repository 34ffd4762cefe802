"""The journal in the base currency: CSV and beancount carry what lines are worth, and both still prove themselves."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from app.ledger.models import JournalLine
from app.money import Money, exponent
from app.payments import service as payments
from app.payments.service.refunding import GivenBack
from tests.integration.reports.books import NOW, OCTOBER, SEPTEMBER, bean_check, keep_books, read_table
from tests.support.story import Story, a_business

EVERYTHING = "?from=2020-01-01&to=2027-12-31"
IN_OCTOBER = "?from=2026-10-01&to=2026-10-31"


def rated(story: Story, price: str, currency: str, rate: str | None, day: date = OCTOBER) -> uuid.UUID:
    line = LineValues("Fibre", Decimal(1), Decimal(price), tax_ids=(story.tax_id,))
    at = Decimal(rate) if rate else None
    values = DraftValues(currency, day, 14, client_id=story.client_id, lines=(line,), rate=at)
    return invoices.issue(story.owner, invoices.create_draft(story.owner, values, now=NOW).id, now=NOW).id


def paid(
    story: Story, invoice: uuid.UUID, minor: int, currency: str, rate: str | None, day: date = OCTOBER
) -> uuid.UUID:
    money, at = Money(minor, currency), Decimal(rate) if rate else None
    return payments.record_payment(story.owner, invoice, money, "transfer", day, rate=at, now=NOW).id


@pytest.fixture
def app(opened: Flask) -> Flask:
    return opened


@pytest.fixture
def ours(app) -> Story:
    """Books in naira, with dollars, yen and dinars at several rates, and euros that have none."""
    story = a_business(app, "Harmattan Fibre")
    keep_books(story)
    old = rated(story, "100.01", "USD", "1533.275", SEPTEMBER)
    paid(story, old, 33_33, "USD", "1540.111111", SEPTEMBER)
    paid(story, old, 50_00, "USD", "1499.999999")
    yen = paid(story, rated(story, "98765", "JPY", "10.123456789"), 98_765, "JPY", "10.3")
    told = GivenBack(Money(777, "JPY"), "cash", OCTOBER, "Too much")
    payments.refund(story.owner, "payment", yen, told, now=NOW)
    paid(story, rated(story, "7.001", "KWD", "5200.25"), 7_526, "KWD", "5300.75")
    paid(story, rated(story, "50.00", "EUR", None), 20_00, "EUR", "1700")
    tiny = rated(story, "0.01", "USD", "0.000001")
    invoices.void(story.owner, tiny, "Typed wrong", now=NOW)
    return story


def test_what_lines_are_worth_stands_beside_them_and_makes_the_control_totals(ours, download):
    table = read_table(download(ours, "csv", EVERYTHING))
    moved: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in table.lines:
        assert bool(line["base_debit"] or line["base_credit"]) <= bool(line["base_currency"])
        moved[line["base_currency"], line["account"]][0] += Decimal(line["base_debit"] or 0)
        moved[line["base_currency"], line["account"]][1] += Decimal(line["base_credit"] or 0)
    controls = table.controlled("base_account")
    assert {key: [Decimal(row["debits"]), Decimal(row["credits"])] for key, row in controls.items()} == {
        key: sums for key, sums in moved.items() if key[0]
    }
    db.session.rollback()
    query = select(JournalLine.account, JournalLine.base_minor).where(JournalLine.business_id == ours.business_id)
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for account, minor in db.session.execute(query.where(JournalLine.base_minor.is_not(None))):
        booked[account] += Decimal(minor).scaleb(-exponent("NGN"))
    assert {account: Decimal(row["closing"]) for (_, account), row in controls.items()} == booked
    assert sum(booked.values()) == 0
    assert booked["exchange_difference"]
    assert booked["unconverted"] == Decimal("-34000.00")  # 20.00 EUR at 1,700


@pytest.mark.parametrize("days", [EVERYTHING, IN_OCTOBER])
def test_bean_check_accepts_books_with_rates(ours, download, days, tmp_path: Path):
    ledger = download(ours, "beancount", days).decode()
    assert " @@ " in ledger
    assert bean_check(ledger, tmp_path) == []


def test_bean_check_refuses_a_kobo_of_exchange_difference_that_was_changed(ours, download, tmp_path: Path):
    ledger = download(ours, "beancount", EVERYTHING).decode()
    place = next(line for line in ledger.splitlines() if line.startswith("  Income:ExchangeDifferences"))
    name, minor, currency = place.split()
    forged = ledger.replace(place, f"  {name}  {Decimal(minor) + Decimal('0.01')} {currency}", 1)
    assert bean_check(forged, tmp_path)


def test_the_page_shows_everything_in_the_base_currency_and_what_it_leaves_out(ours):
    db.session.remove()
    page = ours.visitor().get(f"/reports/journal/{IN_OCTOBER}").text
    assert "All in NGN" in page
    assert "Exchange differences" in page
    # Of euros: the invoice issued, and the part of the payment's use that has no rate; of the others of this book the
    # invoices, payments and uses of yen and dinars that keep_books has without one.
    assert "entries without a rate." in page
