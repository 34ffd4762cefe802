"""The page of the journal: the period asked for, its control totals, its entries, and only for whom the books are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from app import clock
from app.auth.queries import get_business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from tests.integration.reports.books import NOW, bill, keep_books, pay
from tests.support.story import Story, a_business

JOURNAL = "/reports/journal/"
OCTOBER = JOURNAL + "?from=2026-10-01&to=2026-10-31"
FILES = ("/reports/journal.csv", "/reports/journal.beancount")


@pytest.fixture
def app(opened: Flask) -> Flask:
    return opened


@pytest.fixture
def ours(app) -> Story:
    return a_business(app, "Harmattan Fibre")


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").main.get_text(" ").split())


def look(visitor: FlaskClient, url: str = OCTOBER, status: int = 200) -> BeautifulSoup:
    db.session.remove()
    answer = visitor.get(url)
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "html.parser")


def days(page: BeautifulSoup) -> tuple[str, str]:
    return page.find(id="from")["value"], page.find(id="to")["value"]


def amounts(row: BeautifulSoup) -> list[str]:
    return [cell.get_text(strip=True) for cell in row.find_all("td")]


# -- who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_the_books_are_not_for_everybody(ours, role):
    visitor = ours.visitor(role)
    assert [visitor.get(url).status_code for url in (JOURNAL, *FILES)] == [403, 403, 403]
    reports = visitor.get("/reports/")
    assert reports.status_code == 200
    assert JOURNAL not in reports.text
    assert "Owners and admins open it" in reports.text


def test_an_admin_finds_them_from_every_page(ours):
    visitor = ours.visitor("admin")
    assert 'href="/reports/"' in visitor.get("/clients/").text
    assert f'href="{JOURNAL}"' in visitor.get("/reports/").text
    assert f'href="{JOURNAL}"' in visitor.get("/search/?q=accountant").text
    assert [visitor.get(url).status_code for url in (JOURNAL, *FILES)] == [200, 200, 200]


def test_nothing_of_another_business_is_shown(app, ours):
    keep_books(ours)
    before = str(look(ours.visitor()).main)
    keep_books(a_business(app, "Savannah Coffee", "Koko Roastery"))
    assert str(look(ours.visitor()).main) == before


# -- what --------------------------------------------------------------------------------------------------------------


def test_every_currency_has_its_control_totals(ours):
    keep_books(ours)
    page = look(ours.visitor())
    assert [head.get_text() for head in page.select("section[aria-labelledby^=in-] h2")] == ["NGN", "JPY", "KWD"]
    yen = page.find("section", attrs={"aria-labelledby": "in-JPY"})
    assert "3 entries, 7 lines" in yen.get_text()
    assert amounts(yen.find("th", string="Receivable").parent) == ["–", "¥106,172", "¥98,765", "¥7,407"]
    for sums in page.select("tfoot tr"):
        opening, debits, credits, closing = amounts(sums)
        assert debits == credits
        assert re.sub(r"[^1-9]", "", opening + closing) == ""


def test_an_entry_shows_what_it_is_about_and_both_sides(ours):
    pay(ours, bill(ours, "100"), 3_000)
    said = [" ".join(li.get_text(" ", strip=True).split()) for li in look(ours.visitor()).select(".du-entries > li")]
    assert len(said) == 3
    used, paid, issued = (re.sub(r"₦ | (?=\.\d\d)", "", one) for one in said)
    assert issued.startswith("Invoice issued 10 Oct 2026 INV-2026-0001, Lekki Hub")
    assert issued.endswith("Receivable 107.50 Tax 7.50 Revenue 100.00")
    assert paid.startswith("Payment received 10 Oct 2026 Lekki Hub, Slip 7")
    assert paid.endswith("Cash 30.00 Clients' credit 30.00")
    assert used.startswith("Credit used for an invoice")


def test_long_books_are_turned_over_page_by_page(ours):
    for _ in range(30):
        bill(ours, "10")
    visitor, shown = ours.visitor(), []
    url: str | None = OCTOBER
    while url:
        page = look(visitor, url)
        shown += re.findall(r"INV-2026-\d{4}", words(str(page)))
        older = page.find("a", rel="next")
        url = older["href"] if older else None
    assert shown == [f"INV-2026-{number:04}" for number in range(30, 0, -1)]


def test_an_empty_period_says_so(ours):
    assert "Nothing was booked" in words(str(look(ours.visitor())))


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at() -> Callable[[str], time_machine.travel]:
    return lambda instant: time_machine.travel(instant, tick=False)


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [("Africa/Lagos", "2026-10-01", "2026-10-31"), ("America/New_York", "2026-09-01", "2026-09-30")],
)
def test_months_begin_and_end_at_midnight_of_the_business(app, at, zone, first, last):
    """At half past eleven in the evening of 31 October, UTC, it is November in Lagos and October in New York."""
    with at("2026-10-31T23:30:00Z"):
        story = a_business(app)
        with writing():
            get_business(story.business_id).timezone = zone
        visitor = story.visitor()
        assert days(look(visitor, JOURNAL)) == (first, last)
        name = visitor.get(FILES[0]).headers["Content-Disposition"]
        assert name == f"attachment; filename=journal-harmattan-fibre-{first}-to-{last}.csv"


def test_what_happens_after_midnight_there_belongs_to_the_new_month(app, at, download):
    with at("2026-10-31T23:30:00Z"):
        story = a_business(app)
        invoice = bill(story, "10")
        invoices.void(story.owner, invoice, "Twice", now=clock.now())
        assert b",void," not in download(story, "csv")
        assert b"2026-11-01" in download(story, "csv", "?from=2026-11-01&to=2026-11-30")


def test_both_days_of_a_period_are_in_it(ours, download):
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 19), date(2026, 10, 20)):
        bill(ours, "10", day=day)
    found = download(ours, "csv", "?from=2026-10-01&to=2026-10-19").decode()
    assert sorted(set(re.findall(r"^2026-\d\d-\d\d", found, re.MULTILINE))) == ["2026-10-01", "2026-10-19"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", ("2026-09-01", "2026-09-30")),
        ("?period=no-such-thing", ("2026-09-01", "2026-09-30")),
        ("?period=this-month", ("2026-10-01", "2026-10-31")),
        ("?period=last-month", ("2026-09-01", "2026-09-30")),
        ("?period=this-quarter", ("2026-10-01", "2026-12-31")),
        ("?period=this-year", ("2026-01-01", "2026-12-31")),
        ("?from=2026-02-03&to=2026-02-03", ("2026-02-03", "2026-02-03")),
    ],
)
def test_a_period_is_chosen_by_name_or_by_dates(app, at, asked, shown):
    with at(NOW.isoformat()):
        page = look(a_business(app).visitor(), JOURNAL + asked)
        assert days(page) == shown
        assert [link["href"] for link in page.select("a[download]")] == [
            f"{url}?from={shown[0]}&to={shown[1]}" for url in FILES
        ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("?from=2026-10-31&to=2026-10-01", "The period ends before it begins"),
        ("?from=2026-10-01", "Enter a date."),
        ("?from=2026-10-01&to=2026-10-32", "There is no such date."),
        ("?from=1&to=' or 1=1--", "Enter a date as year-month-day"),
        ("?from=0001-01-01&to=9999-12-31", "Enter a date from 1990 to 2199."),
    ],
)
def test_dates_that_make_no_period_are_refused_with_what_is_wrong(ours, asked, sentence):
    """Another period than the one that was asked for would be worse than none."""
    visitor = ours.visitor()
    assert sentence in words(str(look(visitor, JOURNAL + asked, 422)))
    for url in FILES:
        answer = visitor.get(url + asked)
        assert answer.status_code == 422
        assert sentence in words(answer.text)


@pytest.mark.parametrize("url", FILES)
def test_asking_only_for_the_head_of_a_file_leaves_nothing_open(ours, url):
    answer = ours.visitor().head(url)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert db.engine.pool.checkedout() <= 1


@pytest.mark.parametrize("url", FILES)
def test_a_business_may_have_a_name_of_any_letters(app, url):
    answer = a_business(app, "日本語").visitor().get(url + "?from=2026-10-01&to=2026-10-31")
    named = answer.headers["Content-Disposition"].encode("latin-1").decode("latin-1")
    extension = url.rpartition(".")[2]
    told = f"journal-日本語-2026-10-01-to-2026-10-31.{extension}"
    assert parse_options_header(named) == ("attachment", {"filename": told})
