"""Whatever is said of a message names the channel that it really goes by, and to whom."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.clients.service import set_channels
from app.extensions import db
from app.messages import service
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
