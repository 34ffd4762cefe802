"""Whatever is said of a message names the channel that it really goes by, and to whom."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.clients.service import set_channels
from app.extensions import db
from app.invoices import service as invoices
from app.messages import service
from app.messages.channels.base import TransportError
from app.messages.models import Message
from tests.integration.delivery.conftest import PHONE

NOUNS = {"email": "e-mail", "whatsapp": "WhatsApp message", "sms": "SMS"}
BY = {"email": "by e-mail, with the PDF,", "whatsapp": "by WhatsApp", "sms": "by SMS"}


def only(office, channel: str) -> None:
    set_channels(office.story.owner, office.story.client_id, [channel], ["whatsapp", "sms"], now=office.now)


@pytest.mark.parametrize("channel", ["email", "whatsapp", "sms"])
def test_asking_sending_waiting_and_failing_name_the_channel(office, channel):
    only(office, channel)
    invoice, browser = office.story.issued(), office.story.visitor("staff")
    asked = browser.get(f"/invoices/{invoice}/send/").text
    assert f"It goes {BY[channel]} to " in asked
    assert channel == "email" or PHONE in asked
    assert "issued first" not in asked
    browser.post(f"/invoices/{invoice}/send/")
    noun, page = NOUNS[channel], browser.get(f"/invoices/{invoice}/").text
    assert f"The {noun} is on its way" in page
    assert f"{noun[0].upper()}{noun[1:]} put into the outbox" in page
    assert f"The {noun} is in the outbox." in page
    assert f"The {noun} is not out yet." in page
    db.session.rollback()
    message = db.session.scalar(select(Message.id).where(Message.business_id == office.story.business_id))
    service.refused(office.story.business_id, message, "It bounced.", True, office.now)
    assert f"The {noun} did not get out" in browser.get(f"/invoices/{invoice}/").text


def test_a_draft_is_said_to_be_issued_first(office):
    asked = office.story.visitor("staff").get(f"/invoices/{office.story.draft()}/send/").text
    assert "It is issued first" in asked


def test_one_whose_first_channel_is_shut_is_asked_about_by_the_next(office):
    set_channels(office.story.owner, office.story.client_id, ["sms", "email"], ["sms"], now=office.now)
    service.inbound("sms", PHONE, office.now, stop=True, start=False)
    asked = office.story.visitor("staff").get(f"/invoices/{office.story.issued()}/send/").text
    assert "It goes by e-mail, with the PDF, to " in asked
    only(office, "sms")
    asked = office.story.visitor("staff").get(f"/invoices/{office.story.issued()}/send/").text
    assert "Nobody at this client can be written to now." in asked


def test_a_paid_invoice_is_said_to_be_paid_before_it_is_sent_again(office):
    invoice = office.story.issued()
    office.story.payment(invoice, 322_500)
    assert "is paid in full" in office.story.visitor("staff").get(f"/invoices/{invoice}/send/").text


def test_what_went_out_by_another_channel_is_not_counted_as_undelivered(office):
    """Neither on the dashboard nor in the ledger; what failed by every channel counts once."""
    mine, browser = office.story, office.story.visitor("viewer")
    set_channels(mine.owner, mine.client_id, ["email", "sms"], ["sms"], now=office.now)
    office.mail.fail_next(*[TransportError("The message is too big.", permanent=True)] * 2)
    invoices.send(mine.owner, mine.issued(), now=office.now)
    office.run()
    assert office.all() == [("email", "failed"), ("sms", "sent")]
    assert "was not delivered" not in browser.get("/").text
    ledger = browser.get("/messages/").text
    assert "Another channel took over" in ledger
    assert 'Not sent <span class="n">1</span>' not in ledger
    assert "INV-" in browser.get("/messages/?state=taken-over").text
    assert "INV-" not in browser.get("/messages/?state=failed").text
    office.texts.fail_next(TransportError("Refused.", permanent=True))
    invoices.send(mine.owner, mine.issued(), now=office.now)
    office.run(wait=1)
    assert "1 message was not delivered" in browser.get("/").text
    assert 'Not sent <span class="n">1</span>' in browser.get("/messages/").text


def test_the_dashboard_counts_the_work_that_waits_as_its_own_page_does(office):
    office.story.issued()
    office.run()
    office.mail.fail_next(TransportError("The mailbox is full.", permanent=False, about_one=True))
    office.write("email")
    office.run()
    browser = office.story.visitor("owner")
    assert 'Waiting <span class="n">1</span>' in browser.get("/settings/jobs/").text
    home = browser.get("/").text
    assert "1 waiting" in home
    assert "nothing waits" not in home
