"""What the client gets, looked at before or after it was sent: page, PDF and e-mail."""

from __future__ import annotations

import pytest

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.service import printing
from app.messages.models import Message


def test_the_page_stands_there_first_and_leads_to_the_other_two(ours):
    invoice_id = ours.issued()
    page = ours.visitor().get(f"/invoices/{invoice_id}/").text
    assert 'class="du-paper"' in page
    assert "<iframe" not in page
    for face in ("pdf", "email"):
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


@pytest.mark.parametrize(("query", "how", "framed"), [("", "attachment", "'none'"), ("?framed=1", "inline", "'self'")])
def test_the_pdf_is_a_download_except_in_our_own_frame(ours, query, how, framed):
    invoice_id = ours.issued()
    printing.ensure_pdf(ours.business_id, invoice_id, clock.now())
    answer = ours.visitor().get(f"/invoices/{invoice_id}/pdf/{query}")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith(how)
    assert f"frame-ancestors {framed}" in answer.headers["Content-Security-Policy"]


def test_a_pdf_that_is_being_drawn_keeps_its_frame(ours, monkeypatch):
    monkeypatch.setattr("app.invoices.views.files.PATIENCE", 0.0)
    answer = ours.visitor().get(f"/invoices/{ours.issued()}/pdf/?framed=1")
    assert answer.status_code == 202
    assert answer.headers["Refresh"].endswith("framed=1")
    assert "du-shell" not in answer.text
