"""The client gets a receipt when money arrived: once, with the PDF, by the channel they can be reached on."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app import clock
from app.auth.queries import get_business
from app.auth.service.business import change_settings
from app.clients.models import Client
from app.clients.service import set_channels
from app.database import writing
from app.errors import NotFound
from app.extensions import db
from app.jobs import run_all
from app.messages.models import Message
from app.messages.service import Unreachable
from app.money import Money
from app.payments import service as payments
from app.payments.service.receipting import send_receipt
from app.payments.service.recording import Told, record_money
from tests.support.story import a_business


def receipts(story):
    """The messages that are receipts, in order."""
    run_all()
    db.session.rollback()
    mine = (Message.business_id == story.business_id, Message.kind == "receipt")
    return list(db.session.scalars(select(Message).where(*mine).order_by(Message.id)))


@pytest.fixture
def story(app):
    return a_business(app)


def test_money_that_arrives_is_thanked_for_once_with_the_paper(story):
    invoice = story.issued()
    payment = story.payment(invoice, 100_000)
    [receipt] = receipts(story)
    assert (receipt.state, receipt.channel, receipt.object_id) == ("sent", "email", payment)
    assert "₦1,000.00" in receipt.subject
    assert "₦2,225.00" in receipt.text
    assert [file["kind"] for file in receipt.attachments] == ["receipt_pdf"]
    assert len(receipts(story)) == 1


def test_a_payment_online_is_thanked_for_once_however_often_it_is_heard_of(harmattan, customer, paystack, notify):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    for _ in range(3):
        assert notify(*paystack.notice(reference)) == 200
        assert len(receipts(harmattan)) == 1


def test_one_payment_for_two_invoices_has_one_receipt_that_names_both(story):
    first, second = story.issued(), story.issued()
    told = Told(Money(645_000, "NGN"), "transfer", clock.today("Africa/Lagos"))
    record_money(story.owner, {first: 322_500, second: 322_500}, told, now=clock.now())
    [receipt] = receipts(story)
    for number in ("-0001", "-0002"):
        assert number in receipt.text


def test_by_whatsapp_for_whoever_agreed_to_it(story):
    with writing():
        mine = (Client.business_id == story.business_id, Client.id == story.client_id)
        db.session.execute(update(Client).where(*mine).values(phone="+2348031234567"))
    set_channels(story.owner, story.client_id, ["whatsapp", "email"], ["whatsapp"], now=clock.now())
    story.payment(story.issued(), 100_000)
    [receipt] = receipts(story)
    assert (receipt.channel, receipt.state) == ("whatsapp", "sent")
    assert receipt.extras["media"]["kind"] == "receipt_pdf"


def test_switched_off_none_goes_out_by_itself_but_staff_may_send_one(story):
    version = get_business(story.business_id).version
    change_settings(story.owner, {"send_receipts": False}, version, clock.now())
    payment = story.payment(story.issued(), 100_000)
    assert receipts(story) == []
    for _ in range(2):
        send_receipt(story.owner, payment, now=clock.now())
    assert len(receipts(story)) == 1


def test_what_was_undone_before_it_left_is_not_thanked_for(story):
    payment = story.payment(story.issued(), 100_000)
    payments.reverse_payment(story.owner, payment, "Typed twice", now=clock.now())
    assert receipts(story) == []
    with pytest.raises(Unreachable):
        send_receipt(story.owner, payment, now=clock.now())


def test_a_payment_of_another_business_has_no_receipt_here(story, app):
    other = a_business(app, "Savannah Coffee")
    with pytest.raises(NotFound):
        send_receipt(story.owner, other.payment(other.issued(), 1_000), now=clock.now())
