"""A client on a phone with the link to their statement: what they see and can pay, and which links open nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.auth.models import AuditEvent, Link
from app.auth.service import links
from app.clients.models import Client
from app.database import writing
from app.extensions import db
from app.jobs import run_due
from app.reports.service import statement_link
from tests.integration.reports.books import bill, pay
from tests.integration.reports.statements import NOW, a_past, give_up
from tests.support.story import Story, a_business

OCTOBER = "?from=2026-10-01&to=2026-10-31"


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def path(app: Flask, harmattan: Story) -> str:
    """The path of the client's link."""
    url = statement_link(harmattan.owner, harmattan.client_id, now=NOW)
    return url.removeprefix(app.config["DUELY"].site_url)


def look(story: Story, url: str, status: int = 200) -> BeautifulSoup:
    answer = get(story, url)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def get(story: Story, url: str) -> TestResponse:
    db.session.remove()
    return story.app.test_client().get(url)


def words(page: BeautifulSoup) -> str:
    assert page.main is not None
    return " ".join(page.main.get_text(" ").split()).replace(" ,", ",")


# -- what it shows -----------------------------------------------------------------------------------------------------


def test_it_says_what_is_owed_and_how_it_came_about(harmattan: Story, path: str):
    a_past(harmattan)
    said = words(look(harmattan, path + OCTOBER))
    assert "Statement for Lekki Hub" in said
    assert "to pay on 31 Oct 2026" in said
    assert "Balance before 107.50" in said
    assert "Payment received 10 Oct 2026, Cash, reference Slip 7 −30.00 Balance 77.50" in said
    assert "Invoice INV-2026-0002 12 Oct 2026 53.75 Balance 131.25" in said


def test_by_itself_the_link_opens_the_last_three_months_to_today(harmattan: Story, path: str):
    a_past(harmattan)
    page = look(harmattan, path)
    assert "1 Sept 2026 to 20 Nov 2026" in words(page)
    assert page.select_one("[aria-label=Period] [aria-current]").get_text() == "Last 3 months"
    assert "₦292.50 overdue before your credit of ₦20.00" in words(page)


def test_other_periods_and_currencies_are_a_tap_away(harmattan: Story, path: str):
    a_past(harmattan)
    page = look(harmattan, path)
    choices = {a.get_text(): a["href"] for a in page.select("nav.picks a")}
    assert list(choices)[:2] == ["NGN", "JPY"]
    assert "1 Oct 2026 to 31 Oct 2026, in NGN" in words(look(harmattan, choices["Last month"]))
    assert "1,075" in words(look(harmattan, choices["JPY"]))


def test_open_invoices_lead_to_paying_where_their_own_link_was_given_out(harmattan: Story, path: str):
    shared, kept = bill(harmattan, "100"), bill(harmattan, "50")
    token = harmattan.link(shared)
    page = look(harmattan, path)
    assert [a["href"] for a in page.select("a.go")] == [f"/i/{token}/"]
    assert "INV-2026-0002" in words(page)
    links.revoke_link(harmattan.owner, "invoice", shared, now=clock.now())
    assert look(harmattan, path).select("a.go") == []
    assert links.find_live_token(harmattan.business_id, "invoice", kept) is None


def test_what_was_given_up_is_closed_and_why_is_not_said(harmattan: Story, path: str):
    give_up(harmattan, bill(harmattan, "100"))
    said = look(harmattan, path)
    assert "Closed unpaid" in words(said)
    assert "bankrupt" not in str(said).lower()
    assert "Written off" not in str(said)


def test_credit_is_in_the_client_s_favour(harmattan: Story, path: str):
    pay(harmattan, bill(harmattan, "100"), 15_000)
    said = words(look(harmattan, path))
    assert "in your favour on 20 Nov 2026" in said
    assert "−" not in said.split("in your favour")[0].split("Lekki Hub")[1]


def test_without_anything_to_show_it_says_so(harmattan: Story, path: str):
    said = words(look(harmattan, path))
    assert "Nothing is owed on 20 Nov 2026" in said
    assert "Nothing was billed or paid in these days." in said
    assert "Open today" not in said


def test_a_long_statement_stays_small(harmattan: Story, path: str, monkeypatch):
    monkeypatch.setattr("app.portal.views.statement.SHOWN_LINES", 2)
    a_past(harmattan)
    said = words(look(harmattan, path + OCTOBER))
    assert "1 earlier lines stand in the PDF 77.50" in said


@pytest.mark.parametrize("asked", ["?from=2026-10-31&to=2026-10-01", "?from=x", "?from=2026-10-01&to=", "?to=1"])
def test_days_that_make_no_period_are_refused_with_others_to_choose(harmattan: Story, path: str, asked: str):
    page = look(harmattan, path + asked, 422)
    assert page.find(role="alert").get_text()
    assert len(page.select("nav.picks a")) == 5
    assert get(harmattan, path + "pdf/" + asked).status_code == 422


def test_days_and_figures_are_written_as_the_client_reads_them(harmattan: Story, path: str):
    with writing():
        db.session.get_one(Client, (harmattan.business_id, harmattan.client_id)).language = "fr"
    said = words(look(harmattan, path))
    assert "20 nov. 2026" in said


# -- the file ----------------------------------------------------------------------------------------------------------


def test_the_pdf_is_drawn_while_the_client_waits(harmattan: Story, path: str):
    a_past(harmattan)
    waiting = get(harmattan, path + "pdf/" + OCTOBER)
    assert "Making the PDF" in waiting.text
    again = waiting.headers["Refresh"].split("url=")[1]
    assert "from=2026-10-01" in again
    db.session.remove()
    while run_due():
        pass
    answer = get(harmattan, again)
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=statement-lekki-hub-2026-10-01")
    assert answer.cache_control.private


# -- the link ----------------------------------------------------------------------------------------------------------


def test_the_token_stays_on_this_site_and_the_page_is_not_kept(harmattan: Story, path: str):
    answer = get(harmattan, path)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert '<meta name="robots" content="noindex">' in answer.text


@pytest.mark.parametrize("rest", ["", "pdf/", "logo.png"])
def test_links_that_do_not_work_all_answer_alike(harmattan: Story, path: str, rest: str):
    token = path.split("/")[2]
    an_invoice_s = harmattan.link(harmattan.issued())
    tries = ["made-up", token[:-1], token + "A", an_invoice_s]
    pages = {re.sub(r"Reference .*?<", "<", get(harmattan, f"/c/{one}/{rest}").text) for one in tries}
    [page] = pages
    assert "This link does not work" in page
    assert get(harmattan, f"/i/{token}/").status_code == 404
    links.revoke_link(harmattan.owner, "client", harmattan.client_id, now=clock.now())
    assert get(harmattan, path + rest).status_code == 404


def test_a_link_that_is_over_opens_nothing(harmattan: Story, path: str):
    with writing():
        db.session.scalars(select(Link).where(Link.kind == "client")).one().expires_at = NOW - timedelta(seconds=1)
    assert get(harmattan, path).status_code == 404


def test_it_opens_its_own_client_s_statement_and_nobody_else_s(app: Flask, harmattan: Story, path: str):
    theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
    a_past(theirs)
    their_token = statement_link(theirs.owner, theirs.client_id, now=NOW).split("/")[-2]
    page = look(harmattan, path)
    assert "Koko" not in str(page)
    assert "Nothing is owed" in words(page)
    assert "Koko Roastery" in words(look(harmattan, f"/c/{their_token}/"))


def test_opening_it_is_noted_once_and_staff_and_previews_do_not_count(harmattan: Story, path: str):
    harmattan.visitor().get(path)
    harmattan.app.test_client().get(path, headers={"User-Agent": "WhatsApp/2.23"})
    seen = select(AuditEvent).where(AuditEvent.verb == "seen", AuditEvent.object_kind == "statement")
    db.session.rollback()
    assert db.session.scalars(seen).all() == []
    get(harmattan, path)
    get(harmattan, path + OCTOBER)
    db.session.rollback()
    [event] = db.session.scalars(seen)
    assert event.client_id == harmattan.client_id
    assert "Statement opened" in harmattan.visitor().get(f"/clients/{harmattan.client_id}/").text
