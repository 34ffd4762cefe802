"""What the client gets, looked at before or after it was sent: page, PDF and e-mail."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from app import clock
from app.auth.queries import get_business, timeline
from app.auth.service import business as businesses
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.service import printing
from app.messages.models import Message


def test_the_paper_stands_there_first_and_leads_to_the_others(ours):
    invoice_id = ours.issued()
    page = ours.visitor().get(f"/invoices/{invoice_id}/").text
    assert 'class="du-paper"' in page
    assert "<iframe" not in page
    for face in ("page", "pdf", "email"):
        assert f'href="/invoices/{invoice_id}/?see={face}#faces"' in page


def test_htmx_gets_the_one_face_alone(ours):
    invoice_id = ours.issued()
    part = ours.visitor().get(f"/invoices/{invoice_id}/?see=pdf", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section")
    assert f'src="/invoices/{invoice_id}/pdf/?framed=1' in part.text
    assert "frame-src 'self'" in part.headers["Content-Security-Policy"]
    assert "HX-Request" in part.headers["Vary"]


def test_the_mail_is_shown_with_its_subject_and_readers_and_nothing_is_sent(ours):
    invoice_id = ours.issued()
    browser = ours.visitor()
    page = browser.get(f"/invoices/{invoice_id}/?see=email").text
    assert "₦3,225.00 due" in page
    assert "@lekki.example" in page
    mail = browser.get(f"/invoices/{invoice_id}/email/")
    assert mail.status_code == 200
    assert "Fibre, monthly" in mail.text
    policy = mail.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    db.session.remove()
    assert not db.session.query(Message).filter_by(business_id=ours.business_id).count()


def test_a_draft_says_that_its_number_comes_later(ours):
    assert "(number)" in ours.visitor("viewer").get(f"/invoices/{ours.draft()}/email/").text


def test_a_void_invoice_is_not_mailed_so_its_mail_is_not_shown(ours):
    invoice_id = ours.issued()
    invoices.void(ours.owner, invoice_id, "typed twice", now=clock.now())
    page = ours.visitor().get(f"/invoices/{invoice_id}/?see=email").text
    assert "see=email" not in page
    assert 'class="du-paper"' in page


@pytest.fixture
def with_bank(ours):
    """The business takes transfers."""
    bank = [{"label": "Bank", "value": "Zenith Bank"}]
    version = get_business(ours.business_id).version
    businesses.change_settings(ours.owner, {"bank_details": bank}, version, clock.now())
    return ours


def as_customer(ours, invoice_id):
    """The words of the page behind the link, without what stands around them."""
    return words_of(ours.app.test_client().get(f"/i/{ours.link(invoice_id)}/").text)


def words_of(page):
    return BeautifulSoup(page, "html.parser").select_one("#main").get_text(" ", strip=True)


@pytest.mark.parametrize("state", ["open", "part", "paid", "void"])
def test_the_page_says_what_the_customer_s_page_says_in_that_state(with_bank, state):
    ours = with_bank
    invoice_id = ours.issued()
    if state in ("part", "paid"):
        ours.payment(invoice_id, 322_500 if state == "paid" else 100_000)
    if state == "void":
        invoices.void(ours.owner, invoice_id, "typed twice", now=clock.now())
    db.session.remove()
    viewer = ours.visitor("viewer")
    framed = viewer.get(f"/invoices/{invoice_id}/page/")
    assert words_of(framed.text) == as_customer(ours, invoice_id)
    assert ("Zenith Bank" in framed.text) == (state in ("open", "part"))
    assert f'src="/invoices/{invoice_id}/page/"' in viewer.get(f"/invoices/{invoice_id}/?see=page").text
    # The paper asks for a transfer only while something is owed, too.
    assert ("Zenith Bank" in viewer.get(f"/invoices/{invoice_id}/").text) == (state in ("open", "part"))


def test_the_page_in_its_frame_is_only_looked_at(ours):
    invoice_id = ours.issued()
    framed = ours.visitor().get(f"/invoices/{invoice_id}/page/")
    policy = framed.headers["Content-Security-Policy"]
    for part in ("sandbox allow-same-origin", "frame-ancestors 'self'", "form-action 'none'", "default-src 'none'"):
        assert part in policy
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in framed.text
    db.session.remove()
    assert "seen" not in [event.verb for event in timeline(ours.business_id, "invoice", invoice_id)]


def test_a_draft_has_no_page_behind_a_link(ours):
    draft, viewer = ours.draft(), ours.visitor("viewer")
    assert viewer.get(f"/invoices/{draft}/page/").status_code == 404
    assert "see=page" not in viewer.get(f"/invoices/{draft}/?see=page").text


@pytest.mark.parametrize(("query", "how", "framed"), [("", "attachment", "'none'"), ("?framed=1", "inline", "'self'")])
def test_the_pdf_is_a_download_except_in_our_own_frame(ours, query, how, framed):
    invoice_id = ours.issued()
    printing.ensure_pdf(ours.business_id, invoice_id, clock.now())
    answer = ours.visitor().get(f"/invoices/{invoice_id}/pdf/{query}")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith(how)
    assert f"frame-ancestors {framed}" in answer.headers["Content-Security-Policy"]


def test_a_pdf_that_is_being_drawn_keeps_its_frame(ours):
    answer = ours.visitor().get(f"/invoices/{ours.issued()}/pdf/?framed=1")
    assert answer.status_code == 202
    assert answer.headers["Refresh"].endswith("framed=1")
    assert "du-shell" not in answer.text
