"""The page of one invoice, its verbs, its link, its PDF."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from urllib.parse import unquote

import pytest

from app import clock
from app.auth.models import Person
from app.auth.queries import timeline
from app.auth.service import links
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import writing
from app.extensions import db
from app.invoices import queries, service
from app.invoices.service import printing
from app.jobs.models import Job
from app.messages.models import Message
from tests.support.story import Story


def status(story: Story, invoice_id: uuid.UUID) -> str:
    db.session.remove()
    return queries.get_invoice(story.business_id, invoice_id).status


def verbs(story: Story, invoice_id: uuid.UUID) -> list[str]:
    db.session.remove()
    return [event.verb for event in timeline(story.business_id, "invoice", invoice_id)]


def test_the_page_shows_what_is_owed_what_happened_and_what_comes_next(ours):
    invoice_id = ours.issued()
    ours.payment(invoice_id, 100_000)
    page = ours.visitor().get(f"/invoices/{invoice_id}/").text
    for text in ("INV-", "Still to pay", "2,225", "Part paid", "Lekki Hub", "Fibre, monthly", "Not sent yet", "Issued"):
        assert text in page
    assert f'href="/payments/new/?invoice={invoice_id}"' in page


def test_a_draft_opens_its_editor(ours):
    answer = ours.visitor().get(f"/invoices/{ours.draft()}/")
    assert answer.status_code == 303
    assert answer.location.endswith("/edit/")


def test_an_issued_invoice_does_not_open_in_the_editor(ours):
    answer = ours.visitor().get(f"/invoices/{ours.issued()}/edit/")
    assert answer.status_code == 303
    assert "/edit/" not in answer.location


VERBS = ("issue", "send", "mark-sent", "duplicate", "delete", "link", "revoke-link", "whatsapp", "void")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_asks_before_it_acts(ours, verb):
    invoice_id = ours.issued()
    url = f"/invoices/{invoice_id}/{verb}/"
    asked = ours.visitor().get(url)
    assert asked.status_code == 200
    assert f'action="{url}"' in asked.text
    assert status(ours, invoice_id) == "open"


@pytest.mark.parametrize("verb", VERBS)
def test_a_viewer_is_not_even_asked(ours, verb):
    invoice_id = ours.issued()
    viewer, url = ours.visitor("viewer"), f"/invoices/{invoice_id}/{verb}/"
    assert (viewer.get(url).status_code, viewer.post(url).status_code) == (403, 403)
    assert status(ours, invoice_id) == "open"


def test_sending_puts_one_mail_into_the_outbox_and_says_so(ours):
    invoice_id = ours.draft()
    browser = ours.visitor()
    assert browser.post(f"/invoices/{invoice_id}/send/").status_code == 303
    db.session.remove()
    (message,) = db.session.query(Message).filter_by(business_id=ours.business_id).all()
    assert message.state == "queued"
    page = browser.get(f"/invoices/{invoice_id}/").text
    assert "In the outbox" in page
    assert "On its way" in page


def test_a_mail_that_failed_is_shown_as_not_sent_with_its_reason(ours):
    invoice_id = ours.draft()
    browser = ours.visitor()
    browser.post(f"/invoices/{invoice_id}/send/")
    with writing() as session:
        message = session.query(Message).filter_by(business_id=ours.business_id).one()
        message.state, message.reason, message.failed_at = "failed", "No such mailbox", clock.now()
    db.session.remove()
    page = browser.get(f"/invoices/{invoice_id}/").text
    for text in ("Not sent", "No such mailbox", "Send it again"):
        assert text in page


def test_sending_without_an_address_says_why_and_offers_the_link(ours):
    nobody = create_client(ours.owner, ClientValues(name="No mail"), now=clock.now())
    values = ours.draft_values()
    draft = service.create_draft(ours.owner, replace(values, client_id=nobody.id), now=clock.now())
    service.issue(ours.owner, draft.id, now=clock.now())
    answer = ours.visitor().post(f"/invoices/{draft.id}/send/")
    assert answer.status_code == 422
    assert "no e-mail address" in answer.text
    assert "Make link" in answer.text


def test_voiding_needs_a_reason_and_keeps_the_number(ours):
    invoice_id = ours.issued()
    browser = ours.visitor()
    refused = browser.post(f"/invoices/{invoice_id}/void/", data={"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    browser.post(f"/invoices/{invoice_id}/void/", data={"reason": "Wrong client"})
    page = browser.get(f"/invoices/{invoice_id}/").text
    for text in ("Void", "Wrong client", "INV-"):
        assert text in page
    assert "Record payment" not in page


def test_an_invoice_with_payments_is_not_voided_and_the_page_says_why(ours):
    invoice_id = ours.issued()
    ours.payment(invoice_id)
    answer = ours.visitor().post(f"/invoices/{invoice_id}/void/", data={"reason": "x"})
    assert answer.status_code == 409
    assert "Undo the payments first" in answer.text
    assert status(ours, invoice_id) == "open"


@pytest.mark.parametrize("verb", ["issue", "delete"])
def test_what_an_issued_invoice_cannot_do_is_said_on_its_page(ours, verb):
    invoice_id = ours.issued()
    answer = ours.visitor().post(f"/invoices/{invoice_id}/{verb}/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_a_copy_is_a_new_draft_in_its_editor(ours):
    invoice_id = ours.issued()
    answer = ours.visitor().post(f"/invoices/{invoice_id}/duplicate/")
    copy = uuid.UUID(answer.location.split("/")[2])
    assert copy != invoice_id
    assert status(ours, copy) == "draft"


def test_marking_as_sent_shows_in_badge_and_timeline(ours):
    invoice_id = ours.issued()
    browser = ours.visitor()
    browser.post(f"/invoices/{invoice_id}/mark-sent/")
    page = browser.get(f"/invoices/{invoice_id}/").text
    assert "Marked as sent" in page
    assert "Not sent yet" not in page


# -- the customer's link -----------------------------------------------------------------------------------------------


def test_the_link_is_made_once_shown_in_full_and_closed(ours):
    invoice_id = ours.issued()
    browser = ours.visitor()
    assert browser.post(f"/invoices/{invoice_id}/link/").location.endswith("#link")
    first = re.search(r"http://localhost/i/[^/\"]+/", browser.get(f"/invoices/{invoice_id}/").text)
    browser.post(f"/invoices/{invoice_id}/link/")
    again = re.search(r"http://localhost/i/[^/\"]+/", browser.get(f"/invoices/{invoice_id}/").text)
    assert first
    assert again
    assert first[0] == again[0]
    assert verbs(ours, invoice_id).count("made_link") == 1
    browser.post(f"/invoices/{invoice_id}/revoke-link/")
    assert "/i/" not in browser.get(f"/invoices/{invoice_id}/").text.partition("<main")[2]
    db.session.remove()
    assert links.find_live_token(ours.business_id, "invoice", invoice_id) is None


def test_whatsapp_opens_with_the_message_ready_and_only_that_is_recorded(ours):
    client = create_client(ours.owner, ClientValues(name="Adé & Sons", phone="+2348031234567"), now=clock.now())
    draft = service.create_draft(ours.owner, replace(ours.draft_values(), client_id=client.id), now=clock.now())
    service.issue(ours.owner, draft.id, now=clock.now())
    answer = ours.visitor().post(f"/invoices/{draft.id}/whatsapp/")
    assert answer.status_code == 303
    assert answer.location.startswith("https://wa.me/2348031234567?text=Hello%20Ad%C3%A9%20%26%20Sons")
    assert re.search(r"INV-\d+-0001 over ₦3,225.00: http://localhost/i/\S+/$", unquote(answer.location))
    assert "opened_whatsapp" in verbs(ours, draft.id)
    db.session.remove()
    assert queries.get_invoice(ours.business_id, draft.id).sent_at is None


def test_the_page_lets_its_form_lead_to_whatsapp(ours):
    policy = ours.visitor().get(f"/invoices/{ours.issued()}/").headers["Content-Security-Policy"]
    assert "https://wa.me" in policy.partition("form-action")[2].partition(";")[0]


@pytest.mark.parametrize("verb", ["link", "whatsapp"])
def test_a_draft_or_a_void_invoice_is_not_shared(ours, verb):
    draft = ours.draft()
    assert ours.visitor().post(f"/invoices/{draft}/{verb}/").status_code == 409


@pytest.mark.parametrize("verb", ["send", "link", "whatsapp"])
def test_who_did_not_confirm_their_address_may_draft_but_not_send(ours, verb):
    invoice_id = ours.issued()
    with writing() as session:
        session.get(Person, ours.owner.person_id).verified_at = None
    db.session.remove()
    browser = ours.visitor()
    assert browser.get("/invoices/new/").status_code == 200
    assert browser.post(f"/invoices/{invoice_id}/{verb}/").status_code == 403
    assert f'action="/invoices/{invoice_id}/send/"' not in browser.get(f"/invoices/{invoice_id}/").text


# -- the PDF -----------------------------------------------------------------------------------------------------------


def test_a_pdf_that_is_ready_is_downloaded_under_the_invoice_s_number(ours):
    invoice_id = ours.issued()
    printing.ensure_pdf(ours.business_id, invoice_id, clock.now())
    answer = ours.visitor("viewer").get(f"/invoices/{invoice_id}/pdf/")
    assert answer.data.startswith(b"%PDF-")
    assert re.search(r"attachment; filename=INV-\d+-0001\.pdf", answer.headers["Content-Disposition"])


def test_a_pdf_that_is_not_ready_is_asked_for_and_the_page_asks_again(ours):
    invoice_id = ours.issued()
    answer = ours.visitor().get(f"/invoices/{invoice_id}/pdf/")
    assert answer.status_code == 202
    assert answer.headers["Refresh"] == f"2; url=/invoices/{invoice_id}/pdf/?tried=1"
    db.session.remove()
    assert db.session.query(Job).filter_by(business_id=ours.business_id, task="invoices.print").count()


def test_a_page_that_waited_long_enough_stops_asking(ours):
    answer = ours.visitor().get(f"/invoices/{ours.issued()}/pdf/?tried=99")
    assert answer.status_code == 503
    assert "Refresh" not in answer.headers
