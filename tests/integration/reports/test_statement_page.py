"""The page of a client's statement: what it shows, which days and currencies, and who may see and do what."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.auth.models import Link, Person
from app.clients.models import Client
from app.database import writing
from app.extensions import db
from app.messages.models import Message
from app.reports.periods import Period
from app.reports.printing import period_words, statement_filename
from tests.integration.reports.books import bill, pay
from tests.integration.reports.statements import NOW, a_past, look, place, words
from tests.support.story import Story, a_business

AS_QUERY = "?from=2026-10-01&to=2026-10-31"


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ours(opened: Flask) -> Story:
    return a_business(opened, "Harmattan Fibre")


def table(page: BeautifulSoup) -> list[list[str]]:
    rows = page.select("table.du-account tbody tr")
    return [[re.sub(r"\s+", " ", cell.get_text()).strip() for cell in row.find_all("td")] for row in rows]


def days(page: BeautifulSoup) -> tuple[str, str]:
    return page.find(id="from")["value"], page.find(id="to")["value"]  # type: ignore[index]


# -- what it shows -----------------------------------------------------------------------------------------------------


def test_it_shows_each_movement_with_the_balance_after_it(ours):
    a_past(ours)
    page = look(ours.visitor(), place(ours, AS_QUERY))
    assert table(page) == [
        ["1 Oct 2026", "Balance brought forward", "", "", "₦107.50"],
        ["10 Oct 2026", "Payment received Cash, reference Slip 7", "", "₦30.00", "₦77.50"],
        ["12 Oct 2026", "Invoice INV-2026-0002", "₦53.75", "", "₦131.25"],
        ["20 Oct 2026", "Payment received Bank transfer, reference Slip 7", "", "₦73.75", "₦57.50"],
    ]
    assert "Balance on 31 Oct 2026" in words(page)


def test_documents_and_payments_lead_to_their_pages(ours):
    invoice = bill(ours, "100")
    payment = pay(ours, invoice, 3_000)
    links_ = [a["href"] for a in look(ours.visitor(), place(ours)).select(".du-account a")]
    assert set(links_) == {f"/invoices/{invoice}/", f"/payments/{payment}/"}


def test_the_client_s_page_leads_to_it(ours):
    assert place(ours) in ours.visitor("viewer").get(f"/clients/{ours.client_id}/").text


def test_an_empty_period_says_so(ours):
    assert "Nothing was billed, paid or credited in these days." in words(look(ours.visitor(), place(ours)))


def test_what_is_late_and_open_is_said_up_to_today(ours):
    a_past(ours)
    said = words(look(ours.visitor(), place(ours)))
    assert "₦292.50 overdue before their credit of ₦20.00" in said
    assert "52 days overdue" in said
    assert "Credit on account" in said
    assert "How old is what they owe" in said
    assert "How old is what they owe" not in words(look(ours.visitor(), place(ours, AS_QUERY)))


def test_a_client_billed_in_two_currencies_has_a_choice(ours):
    a_past(ours)
    visitor = ours.visitor()
    page = look(visitor, place(ours, AS_QUERY))
    codes = {a.get_text(): a["href"] for a in page.select(".du-seg a")}
    assert list(codes) == ["NGN", "JPY"]
    yen = look(visitor, codes["JPY"])
    assert table(yen)[1] == ["5 Oct 2026", "Invoice INV-2026-0004", "¥1,075", "", "¥1,075"]
    assert days(yen) == ("2026-10-01", "2026-10-31")
    assert all("currency=JPY" in a["href"] for a in yen.select(".du-views a"))


def test_a_long_statement_shows_its_end_and_says_where_the_rest_is(ours, monkeypatch):
    monkeypatch.setattr("app.reports.views.statement.SHOWN_LINES", 2)
    a_past(ours)
    rows = table(look(ours.visitor(), place(ours, AS_QUERY)))
    assert len(rows) == 4
    assert rows[1][1:] == ["1 earlier lines: all of them stand in the PDF", "", "", "₦77.50"]


# -- which days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown", "chosen"),
    [
        ("", ("2026-09-01", "2026-11-20"), "Last 3 months"),
        ("?period=no-such-thing", ("2026-09-01", "2026-11-20"), "Last 3 months"),
        ("?period=this-month", ("2026-11-01", "2026-11-20"), "This month"),
        ("?period=last-month", ("2026-10-01", "2026-10-31"), "Last month"),
        ("?period=this-quarter", ("2026-10-01", "2026-11-20"), "This quarter"),
        ("?period=this-year", ("2026-01-01", "2026-11-20"), "This year"),
        ("?from=2026-10-01&to=2026-10-31", ("2026-10-01", "2026-10-31"), "Last month"),
        ("?from=2026-02-03&to=2026-02-03", ("2026-02-03", "2026-02-03"), None),
    ],
)
def test_a_period_is_chosen_by_name_or_by_dates(ours, asked, shown, chosen):
    page = look(ours.visitor(), place(ours, asked))
    assert days(page) == shown
    current = page.select_one(".du-views [aria-current]")
    assert (current.get_text() if current else None) == chosen


@pytest.mark.parametrize(
    ("asked", "sentence", "where"),
    [
        ("?from=2026-10-31&to=2026-10-01", "The period ends before it begins", "to-err"),
        ("?from=2026-10-01", "Enter a date.", "to-err"),
        ("?from=2026-10-01&to=2026-10-32", "There is no such date.", "to-err"),
        ("?from=1&to=' or 1=1--", "Enter a date as year-month-day", "from-err"),
        ("?from=0001-01-01&to=9999-12-31", "Enter a date from 1990 to 2199.", "from-err"),
    ],
)
def test_dates_that_make_no_period_are_refused_beside_their_field(ours, asked, sentence, where):
    visitor = ours.visitor()
    page = look(visitor, place(ours, asked), 422)
    assert sentence in page.find(id=where).get_text()
    assert not page.select("table")
    assert visitor.get(place(ours, "pdf/" + asked)).status_code == 422
    assert visitor.post(place(ours, "send/" + asked)).status_code == 422
    assert db.session.scalars(select(Message)).all() == []


def test_more_lines_than_a_statement_holds_are_refused_beside_the_days(ours, monkeypatch):
    monkeypatch.setattr("app.reports.statement_queries.MOST_MOVEMENTS", 1)
    a_past(ours)
    page = look(ours.visitor(), place(ours, AS_QUERY), 422)
    assert "choose a shorter one" in page.find(id="to-err").get_text()
    assert ours.visitor().post(place(ours, "send/" + AS_QUERY)).status_code == 422


# -- who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["", "pdf/", "send/", "link/", "revoke-link/"])
def test_another_business_s_client_answers_as_one_that_does_not_exist(opened, ours, rest):
    theirs = a_business(opened, "Savannah Coffee", "Koko Roastery")
    for story in (theirs, None):
        url = place(theirs, rest) if story else f"/clients/{uuid.uuid4()}/statement/{rest}"
        answer = ours.visitor().get(url)
        assert answer.status_code == 404
        assert "Koko" not in answer.text
        if rest not in ("", "pdf/"):
            assert ours.visitor().post(url).status_code == 404


def test_a_viewer_reads_and_does_nothing(ours):
    viewer = ours.visitor("viewer")
    assert viewer.get(place(ours)).status_code == 200
    for rest in ("send/", "link/", "revoke-link/"):
        assert viewer.get(place(ours, rest)).status_code == 403
        assert viewer.post(place(ours, rest)).status_code == 403
    assert "Send" not in words(look(viewer, place(ours)))


def test_who_did_not_confirm_their_address_may_not_send_or_share(ours):
    with writing():
        db.session.get_one(Person, ours.owner.person_id).verified_at = None
    visitor = ours.visitor()
    assert place(ours, "send/") not in look(visitor, place(ours)).main.decode()
    for rest in ("send/", "link/"):
        answer = visitor.post(place(ours, rest))
        assert answer.status_code == 403
        assert "Confirm your e-mail address first" in answer.text
    assert db.session.scalars(select(Message)).all() == []
    assert db.session.scalars(select(Link)).all() == []


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "language", "said"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "en", "1–31 Oct 2026"),
        (date(2026, 9, 1), date(2026, 11, 27), "en-NG", "1 Sept – 27 Nov 2026"),
        (date(2025, 12, 1), date(2026, 1, 31), "en", "1 Dec 2025 – 31 Jan 2026"),
        (date(2026, 10, 1), date(2026, 10, 1), "fr", "1 oct. 2026"),
    ],
)
def test_days_are_said_as_people_write_them(first, last, language, said):
    assert period_words(Period(first, last), language) == said


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Lekki Hub", "statement-lekki-hub-2026-10-01-to-2026-10-31.pdf"),
        ('Adé & "Sons"/../x', "statement-ade-sons-x-2026-10-01-to-2026-10-31.pdf"),
        ("!!!", "statement-2026-10-01-to-2026-10-31.pdf"),
    ],
)
def test_a_file_is_called_after_client_and_days(name, file):
    assert statement_filename(Client(name=name), Period(date(2026, 10, 1), date(2026, 10, 31))) == file
