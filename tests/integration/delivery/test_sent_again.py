"""What is sent again or late is of the hour it leaves and says what is true then; a lost try is repeated as it was."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask

from app.invoices import service as invoices
from app.messages import service
from app.messages.channels.base import AddressRefused, OutcomeUnknown, OutgoingMessage, TransportError
from app.messages.channels.mailbox import Mailbox
from tests.integration.delivery.conftest import MAIL, PHONE, Office

BUSY = TransportError("Try later.", permanent=False)
REFUSED = TransportError("The mail server refused the message.", permanent=True)
LOST = TransportError("The connection broke off.", permanent=False)
LOST.maybe_out = True


def sent(office: Office, app: Flask, *errors: TransportError) -> tuple[uuid.UUID, uuid.UUID]:
    """An invoice and its mail, which ran into these errors."""
    invoice = office.story.issued()
    office.mail.fail_next(*errors)
    message = invoices.send(office.story.owner, invoice, now=office.now, channels=("email",)).id
    office.run()
    return invoice, message


def pay(office: Office, invoice: uuid.UUID, minor: int) -> None:
    office.story.payment(invoice, minor)


def mails(office: Office, message: uuid.UUID) -> list[OutgoingMessage]:
    """The mails of one message, without the receipts beside it."""
    known = office.get(message).message_id
    return [mail for mail in office.mail.sent if mail.message_id == known]


def test_a_mail_sent_again_is_a_new_one_of_the_hour_it_leaves(office, app):
    _, message = sent(office, app, REFUSED)
    first = office.get(message).message_id
    office.now += timedelta(days=3)
    service.resend(office.story.business_id, message)
    office.run()
    (mail,) = office.mail.sent
    assert mail.date == office.now
    assert mail.message_id != first
    assert mail.message_id == office.get(message).message_id


def test_a_mail_that_waited_is_of_the_hour_it_leaves_under_its_own_id(office, app):
    _, message = sent(office, app, BUSY)
    first = office.get(message).message_id
    office.run(wait=130)
    (mail,) = office.mail.sent
    assert (mail.date, mail.message_id) == (office.now, first)


def test_the_repeat_of_a_try_whose_answer_was_lost_has_the_date_of_the_first(office, app):
    _, message = sent(office, app, LOST)
    began, first = office.now, office.get(message).message_id
    office.run(wait=130)
    (mail,) = office.mail.sent
    assert (mail.date, mail.message_id) == (began, first)


@pytest.mark.parametrize(("channel", "to"), [("email", MAIL), ("sms", PHONE)])
def test_the_mailbox_shows_what_was_sent_again_where_it_arrived(office, app, tmp_path, channel, to):
    box = Mailbox(tmp_path / "mailbox")
    old = office.write(channel)
    service.refused(office.story.business_id, old, "No.", True, office.now)
    app.extensions["duely_mail"] = app.extensions["duely_texts"] = box
    office.run(wait=60)
    office.write(channel)
    office.run(wait=60)
    service.resend(office.story.business_id, old)
    office.run(wait=3600)
    assert len(box.list()) == 2
    assert box.list()[0].date == office.now.replace(microsecond=0)


def test_a_paid_invoice_sent_again_says_that_it_is_paid_and_asks_for_nothing(office, app):
    invoice, message = sent(office, app, REFUSED)
    pay(office, invoice, 322_500)
    browser = office.story.visitor("staff")
    asked = browser.get(f"/messages/{message}/resend/").text
    assert "is paid in full" in asked
    assert browser.post(f"/messages/{message}/resend/").status_code == 303
    office.run(wait=1)
    (mail,) = mails(office, message)
    assert "paid in full" in mail.subject
    assert "paid in full" in mail.text
    for asking in ("due Saturday", "Already paid", "see and pay", "See and pay"):
        assert asking not in mail.text


def test_after_a_part_payment_it_asks_for_what_is_left(office, app):
    invoice, message = sent(office, app, REFUSED)
    pay(office, invoice, 122_500)
    assert "₦2,000.00" in office.story.visitor("staff").get(f"/messages/{message}/resend/").text
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    (mail,) = mails(office, message)
    assert "₦2,000.00" in mail.subject
    assert "₦3,225.00" not in mail.subject


def test_one_whose_work_gave_up_with_a_try_under_way_says_what_is_true_now(office, app):
    """Nobody knows whether that try got out; a person who sends again means a new mail."""
    invoice, message = sent(office, app, *[LOST] * 9000)
    pay(office, invoice, 322_500)
    for _ in range(30):
        office.run(wait=3600)
    office.mail._script.clear()
    service.resend(office.story.business_id, message)
    office.run(wait=1)
    (mail,) = mails(office, message)
    assert "paid in full" in mail.subject


def test_it_is_said_beforehand_that_the_invoice_is_void(office, app):
    invoice, message = sent(office, app, REFUSED)
    invoices.void(office.story.owner, invoice, "By mistake", now=office.now)
    asked = office.story.visitor("staff").get(f"/messages/{message}/resend/").text
    assert "The invoice was taken back" in asked
    assert "Send again</button>" not in asked


def bounce(office: Office) -> uuid.UUID:
    office.mail.fail_next(AddressRefused(MAIL, "does not exist"))
    message = office.write("email")
    office.run()
    return message


def test_it_is_said_beforehand_that_the_address_bounced_and_how_to_use_it_again(office, app):
    message = bounce(office)
    browser = office.story.visitor("staff")
    asked = browser.get(f"/messages/{message}/resend/").text
    assert f"{MAIL} does not exist." in asked
    assert "It works, use it again" in asked
    assert "Send again</button>" not in asked
    assert browser.post(f"/messages/{message}/trust/", data={"send": "1"}).status_code == 303
    office.run(wait=1)
    assert (office.get(message).state, len(office.mail.sent)) == ("sent", 1)


def test_the_question_names_the_reader_and_the_channel(office, app):
    message = office.write("sms")
    service.refused(office.story.business_id, message, "No.", True, office.now)
    asked = office.story.visitor("staff").get(f"/messages/{message}/resend/").text
    assert f"It goes by SMS to {PHONE}" in asked


def test_a_number_whose_owner_wrote_stop_is_not_said_to_work(office, app):
    message = office.write("sms")
    service.refused(office.story.business_id, message, "No.", True, office.now)
    service.inbound("sms", PHONE, office.now, stop=True, start=False, business_id=office.story.business_id)
    browser = office.story.visitor("staff")
    for path in (f"/messages/{message}/", f"/messages/{message}/resend/"):
        page = browser.get(path).text
        assert "START" in page
        assert "It works, use it again" not in page
    assert "Nothing more is sent by SMS to" in browser.get(f"/messages/{message}/").text


@pytest.mark.parametrize(("minor", "said"), [(322_500, "paid in full"), (122_500, "₦2,000.00")])
def test_a_text_that_never_got_there_says_what_is_true_when_it_is_sent_after_all(office, app, minor, said):
    """A lost answer: nothing was taken, and the invoice is paid before that is known."""
    invoice = office.story.issued()
    office.texts.fail_next(OutcomeUnknown("The provider did not answer in time."))
    message = invoices.send(office.story.owner, invoice, now=office.now, channels=("sms",)).id
    office.run()
    assert office.get(message).state == "unknown"
    pay(office, invoice, minor)
    office.run(wait=200)
    assert office.texts.texts == []
    office.run(wait=200)
    (text,) = office.texts.texts
    assert said in text.text
    assert text.date == office.now
    assert (office.get(message).state, office.get(message).text) == ("sent", text.text)


def test_two_workers_who_find_nothing_send_it_once(office, app):
    office.texts.fail_next(OutcomeUnknown("The provider did not answer in time."))
    message = office.write("sms")
    office.run()
    since = office.get(message).asked_at
    mine, later = office.story.business_id, office.now + timedelta(minutes=6)
    assert service.begin_again(mine, message, since, later, lambda row: row.id) == message
    assert service.begin_again(mine, message, since, later, lambda row: row.id) is None
