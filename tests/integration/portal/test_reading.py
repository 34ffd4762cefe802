"""What a customer sees before paying, and what travels with the page."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest

from app import clock
from app.auth.models import Link
from app.auth.queries import timeline
from app.auth.rules import token_hash
from app.auth.service import links
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.jobs import run_all
from config import ROOT
from tests.integration.portal.conftest import Customer
from tests.support.story import Story

LARGEST = 50 * 1024


def seen(customer: Customer) -> int:
    """How often the timeline of the invoice says that the customer saw it."""
    db.session.rollback()
    return sum(event.verb == "seen" for event in timeline(customer.story.business_id, "invoice", customer.invoice_id))


def test_the_page_says_who_asks_for_how_much_and_for_what(customer: Customer):
    page = customer.open().text
    for words in ("Harmattan Fibre", "Lekki Hub", "INV-", "Pay ₦3,225.00", "Fibre, monthly", "2 × 1,500.00"):
        assert words in page


@pytest.mark.parametrize("path", ["", "status/", "pdf/", "logo.png", "pay/"])
def test_unknown_revoked_and_draft_links_answer_alike(customer: Customer, path: str):
    draft = customer.story.draft()
    answers = [customer.browser.get(f"/i/{token}/{path}") for token in ("x" * 43, customer.story.link(draft))]
    links.revoke_link(customer.story.owner, "invoice", customer.invoice_id, now=clock.now())
    answers.append(customer.open(path))
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r"Reference \w+", "", answer.text) for answer in answers}) == 1


def test_reading_needs_no_cookie_and_leaves_no_session_behind(customer: Customer):
    from app.auth.models import SignInSession

    before = db.session.scalar(db.select(db.func.count()).select_from(SignInSession))
    stranger = customer.story.app.test_client(use_cookies=False)
    assert stranger.get(customer.url).status_code == 200
    assert db.session.scalar(db.select(db.func.count()).select_from(SignInSession)) == before


def test_the_page_keeps_its_address_to_itself_and_its_form_may_lead_to_the_gateway(customer: Customer):
    headers = customer.open().headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == "'self' http://localhost"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_everything_a_phone_fetches_stays_under_fifty_kilobytes(customer: Customer):
    customer.pay()
    page = customer.open().text
    assets = re.findall(r'(?:href|src)="/static/([^"?]+)', page)
    assert {"css/customer.css", "js/customer.js"} <= set(assets)
    files = [page.encode(), *((ROOT / "static" / name).read_bytes() for name in assets)]
    assert sum(len(gzip.compress(file)) for file in files) < LARGEST


def test_a_script_comes_only_while_a_payment_is_on_its_way(customer: Customer):
    assert "<script" not in customer.open().text
    customer.pay()
    page = customer.open().text
    assert page.count("<script") == 1
    assert f'data-poll="{customer.url}status/"' in page


def test_the_timeline_says_once_that_the_customer_saw_it(customer: Customer):
    for _ in range(3):
        customer.open()
    assert seen(customer) == 1


def test_half_an_hour_later_the_customer_has_seen_it_again(customer: Customer):
    customer.open()
    with writing():
        link = db.session.get_one(Link, token_hash(customer.token))
        link.seen_at = clock.now() - timedelta(minutes=31)
    customer.open()
    assert seen(customer) == 2


def test_the_business_itself_and_chat_programs_are_not_the_customer(customer: Customer):
    customer.story.visitor("staff").get(customer.url)
    customer.open(headers={"User-Agent": "WhatsApp/2.23.20.0 A"})
    assert seen(customer) == 0
    customer.open(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14)"})
    assert seen(customer) == 1


def test_a_void_invoice_says_so_and_cannot_be_paid(customer: Customer):
    invoices.void(customer.story.owner, customer.invoice_id, "Sent twice", now=clock.now())
    page = customer.open().text
    assert "This invoice was withdrawn" in page
    assert "Sent twice" not in page
    assert "<form" not in page


def test_the_pdf_is_made_while_the_customer_waits(customer: Customer, monkeypatch):
    from app.web import drawing

    monkeypatch.setattr(drawing, "PAUSES", (0.0,))
    waiting = customer.open("pdf/")
    assert waiting.status_code == 200
    assert waiting.headers["Refresh"] == f"3; url={customer.url}pdf/?n=1"
    run_all()
    made = customer.open("pdf/?n=1")
    assert made.mimetype == "application/pdf"
    assert made.data.startswith(b"%PDF")
    assert "INV-" in made.headers["Content-Disposition"]
    assert "Refresh" not in made.headers


def test_amounts_and_dates_follow_the_client_s_language_and_the_business_s_clock(harmattan: Story):
    from app.clients.models import Client

    with writing():
        db.session.get(Client, (harmattan.business_id, harmattan.client_id)).language = "de"
    invoice_id = harmattan.issued()
    page = Customer(harmattan, invoice_id, harmattan.link(invoice_id)).open().text
    assert "3.225,00" in page
    assert db.session.get(Invoice, (harmattan.business_id, invoice_id)).currency == "NGN"


def test_one_that_was_opened_is_not_called_not_sent(customer: Customer):
    viewer = customer.story.visitor("viewer")
    assert "Not sent" in viewer.get(f"/invoices/{customer.invoice_id}/").text
    customer.open()
    page, rows = viewer.get(f"/invoices/{customer.invoice_id}/").text, viewer.get("/invoices/").text
    assert "Not sent" not in page
    assert "Not sent" not in rows
    assert ">Seen<" in re.sub(r"\s+", "", rows)
