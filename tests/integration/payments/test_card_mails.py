"""Whoever let a business keep a card is written once when it needs them, and not for a try that is repeated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from app.messages.models import Message
from app.payments import service as payments
from app.payments.models import SavedCard
from app.payments.service import charging
from tests.integration.payments.kept import all_due, invoice, next_invoice, rows, sweep, verbs, work
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations


@pytest.fixture(autouse=True)
def sound(customer: Customer) -> Iterator[None]:
    yield
    assert violations(customer.story.business_id) == []


def mails(customer: Customer) -> list[Message]:
    db.session.rollback()
    mine = (Message.business_id == customer.story.business_id, Message.kind == "card_problem")
    return list(db.session.scalars(select(Message).where(*mine).order_by(Message.id)))


def test_a_paused_charge_is_told_to_the_payer_once_with_the_way_to_confirm_it(offered, paystack, card):
    card.again = "paused"
    invoice_id = next_invoice(offered)
    sweep(offered)
    for _ in range(9):
        all_due()
    [mail] = mails(offered)
    number, token = invoice(offered, invoice_id).number, offered.story.link(invoice_id)
    assert mail.recipients == [["Lekki Hub", card.email]]
    assert (mail.object_kind, mail.object_id) == ("invoice", invoice_id)
    assert mail.subject == f"Please confirm the payment of invoice {number}: ₦3,225.00"
    for face in (mail.text, mail.html):
        for words in ("Visa ending in 4081", "₦3,225.00", "Your bank wants you to confirm", f"/i/{token}/"):
            assert words in face
    assert "Harmattan Fibre" in mail.text
    confirm = "Your bank wants you to confirm"
    assert (
        confirm in Customer(offered.story, invoice_id, token).open().text or offered.attempts()[-1].state == "refused"
    )
    assert "sent" in verbs(offered, "invoice", invoice_id)
    assert (
        "Message about the card sent by e-mail" in offered.story.visitor("viewer").get(f"/invoices/{invoice_id}/").text
    )


def test_a_declined_card_is_told_of_after_its_last_try_only(offered, paystack, card):
    card.again = "failed"
    invoice_id = next_invoice(offered)
    told = []
    for day in (0, 2, 5, 6):
        sweep(offered, day)
        told.append(len(mails(offered)))
    assert told == [0, 0, 1, 1]
    [mail] = mails(offered)
    assert "could not be charged" in mail.subject
    assert "Your bank can tell you why." in mail.text
    assert "gateway" not in mail.text
    assert invoice(offered, invoice_id).sent_at is None


def test_one_that_staff_asked_for_is_told_of_at_once(offered, paystack, card):
    card.again = "failed"
    payments.charge_now(offered.story.owner, next_invoice(offered), now=clock.now())
    work()
    all_due()
    assert len(mails(offered)) == 1


def test_a_card_refused_for_good_is_told_of_in_words_for_its_owner(offered, paystack, card):
    card.active = False
    next_invoice(offered)
    sweep(offered)
    all_due()
    [mail] = mails(offered)
    assert "The payment company did not accept this card." in mail.text


def test_a_charge_that_waits_and_then_fails_is_told_when_it_fails(offered, paystack, card):
    card.again = "pending"
    payments.charge_now(offered.story.owner, next_invoice(offered), now=clock.now())
    work()
    assert mails(offered) == []
    paystack.finish(offered.attempts()[-1].reference, "failed")
    all_due()
    all_due()
    assert len(mails(offered)) == 1


def test_nobody_is_told_of_what_is_paid_or_void_or_was_not_asked_for(offered, paystack, card):
    card.again = "pending"
    paid, void, by_hand = next_invoice(offered), next_invoice(offered), next_invoice(offered)
    for one in (paid, void, by_hand):
        payments.charge_now(offered.story.owner, one, now=clock.now())
    offered.story.payment(by_hand, 322_500)
    work()
    assert offered.attempts()[-1].reason == charging.NOT_DUE
    offered.story.payment(paid, 322_500)
    invoices.void(offered.story.owner, void, "Typed twice", now=clock.now())
    for attempt in offered.attempts()[-3:-1]:
        paystack.finish(attempt.reference, "failed")
    all_due()
    assert [attempt.state for attempt in offered.attempts()[-3:]] == ["failed"] * 3
    assert mails(offered) == []


def test_a_customer_who_only_left_the_checkout_gets_no_mail(offered, paystack, card):
    invoice_id = next_invoice(offered)
    Customer(offered.story, invoice_id, offered.story.link(invoice_id)).pay()
    paystack.finish(offered.attempts()[-1].reference, "failed")
    all_due()
    assert mails(offered) == []


def test_a_mail_about_a_card_is_not_the_invoice_on_its_way(offered, paystack, card):
    """What comes next for the invoice is told by its own mail."""
    card.again = "failed"
    invoice_id = next_invoice(offered)
    payments.charge_now(offered.story.owner, invoice_id, now=clock.now())
    work()
    [mail] = mails(offered)
    assert mail.state == "sent"
    assert invoice(offered, invoice_id).sent_at is None
    assert [one.status for one in rows(SavedCard, offered)] == ["active"]
    page = offered.story.visitor("staff").get(f"/invoices/{invoice_id}/").text
    assert "could not be charged" in page
    assert "Send again" not in page
