"""Software of others is told of each refund and each dispute once, of what it came to, and never in words of staff."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from pytest_httpserver import HTTPServer

from app import clock
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.jobs import run_all
from app.money import Money
from app.payments import service as payments
from app.payments.gateways.moneyback import Dispute
from app.payments.service.disputes import settle_dispute
from app.payments.service.refunding import GivenBack
from tests.contracts.fake_paystack import FakePaystack
from tests.integration.portal.conftest import Customer
from tests.support.receiver import Receiver, listen

REFUNDED, FAILED = "payment.refunded", "payment.refund_failed"
OPENED, CLOSED = "payment.disputed", "payment.dispute_closed"
SECRET = "Adaeze shouted at us"


@pytest.fixture
def app(make_app: Callable[..., Flask], paystack: FakePaystack) -> Iterator[Flask]:
    made = make_app(paystack_base_url=paystack.base_url, router_networks=("127.0.0.0/8",))
    with made.app_context():
        yield made


@pytest.fixture
def receiver(customer: Customer, httpserver: HTTPServer) -> Receiver:
    """It wants to know everything."""
    heard = Receiver(httpserver)
    listen(customer.story, heard)
    return heard


@pytest.fixture
def paid(customer: Customer, paystack: FakePaystack) -> uuid.UUID:
    """The invoice over ₦3,225.00, paid online."""
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    customer.browser.get("/payment/callback/", query_string={"reference": reference})
    return customer.payments()[0].id


def work() -> None:
    db.session.remove()
    run_all()
    db.session.remove()


def give_back(customer: Customer, kind: str, source_id: uuid.UUID, minor: int, over: uuid.UUID | None = None):
    method, today = "gateway" if over else "transfer", clock.today("Africa/Lagos")
    told = GivenBack(Money(minor, "NGN"), method, today, SECRET, through_id=over)
    made = payments.refund(customer.story.owner, kind, source_id, told, now=clock.now()).id
    work()
    return made


def only(receiver: Receiver, type: str) -> dict:
    """The one event of a type."""
    [event] = [one for one in receiver.events if one["type"] == type]
    return event["data"]


def test_what_is_given_back_by_hand_is_told_once_about_the_payment(customer, receiver):
    payment_id = customer.story.payment(customer.invoice_id, 322_500)
    refund_id = give_back(customer, "payment", payment_id, 100_000)
    told = only(receiver, REFUNDED)
    assert (told["object"], told["id"]) == ("payment", str(payment_id))
    assert told["facts"] == {
        "refund_id": str(refund_id),
        "payment_id": str(payment_id),
        "amount": {"amount": "1000.00", "minor": 100_000, "currency": "NGN"},
        "method": "transfer",
        "on_date": clock.today("Africa/Lagos").isoformat(),
    }
    payments.undo_refund(customer.story.owner, refund_id, SECRET, now=clock.now())
    work()
    assert only(receiver, "payment.refund_undone")["facts"]["refund_id"] == str(refund_id)
    assert SECRET not in json.dumps(receiver.events)


def test_what_a_company_gives_back_is_told_when_it_did_and_not_when_it_was_asked(
    customer, paystack, receiver, paid, notify
):
    refund_id = give_back(customer, "payment", paid, 100_000, over=paid)
    assert REFUNDED not in dict(receiver.told())
    [known] = paystack.books.refunds
    paystack.move_refund(known.id, "processed")
    for _ in range(2):
        notify(*paystack.refund_notice(known))
        work()
    told = only(receiver, REFUNDED)
    assert (told["object"], told["id"], told["facts"]["refund_id"]) == ("payment", str(paid), str(refund_id))
    assert told["facts"]["amount"]["amount"] == "1000.00"


def test_what_a_company_could_not_give_back_is_told_as_that(customer, paystack, receiver, paid):
    paystack.balance_is_low = True
    refund_id = give_back(customer, "payment", paid, 50_000, over=paid)
    told = only(receiver, FAILED)
    assert (told["object"], told["id"], told["facts"]["refund_id"]) == ("payment", str(paid), str(refund_id))
    assert REFUNDED not in dict(receiver.told())
    assert "Insufficient" not in json.dumps(receiver.events), "what the company says is for staff"


def test_a_credit_note_that_is_given_back_is_told_of_whichever_way(customer, paystack, receiver, paid, notify):
    story = customer.story
    note_id = story.credited(paid_minor=322_500)
    give_back(customer, "credit_note", note_id, 100_000)
    told = only(receiver, REFUNDED)
    assert (told["object"], told["id"]) == ("credit_note", str(note_id))
    assert told["facts"]["amount"]["amount"] == "1000.00"
    assert "payment_id" not in told["facts"]
    paystack.balance_is_low = True
    give_back(customer, "credit_note", note_id, 70_000, over=paid)
    told = only(receiver, FAILED)
    assert (told["object"], told["facts"]["payment_id"]) == ("credit_note", str(paid))
    paystack.balance_is_low = False
    give_back(customer, "credit_note", note_id, 60_000, over=paid)
    known = paystack.books.refunds[-1]
    paystack.move_refund(known.id, "processed")
    notify(*paystack.refund_notice(known))
    work()
    amounts = [one["data"]["facts"]["amount"]["minor"] for one in receiver.events if one["type"] == REFUNDED]
    assert amounts == [100_000, 60_000]


def test_a_dispute_is_told_when_it_opens_and_when_it_is_decided_each_once(customer, paystack, receiver, paid, notify):
    soon = f"{clock.today('Africa/Lagos') + timedelta(days=4)}T12:00:00.000Z"
    dispute = paystack.open_dispute(customer.attempts()[0].reference, dueAt=soon)
    for _ in range(2):
        notify(*paystack.dispute_notice(dispute))
        work()
    told = only(receiver, OPENED)
    assert (told["object"], told["id"], told["facts"]["amount"]["minor"]) == ("payment", str(paid), 322_500)
    paystack.resolve_dispute(dispute.id, "merchant-accepted")
    for _ in range(2):
        notify(*paystack.dispute_notice(dispute, "resolve"))
        work()
    closed = only(receiver, CLOSED)
    assert (closed["object"], closed["id"], closed["facts"]["outcome"]) == ("payment", str(paid), "lost")
    assert closed["facts"]["dispute_id"] == told["facts"]["dispute_id"]
    assert REFUNDED not in dict(receiver.told()), "what a bank took is no refund of ours"


def test_a_dispute_of_a_payment_that_settles_nothing_is_told_too(customer, paystack, receiver, paid, notify):
    give_back(customer, "payment", paid, 322_500)
    dispute = paystack.open_dispute(customer.attempts()[0].reference)
    notify(*paystack.dispute_notice(dispute))
    work()
    paystack.resolve_dispute(dispute.id, "declined")
    notify(*paystack.dispute_notice(dispute, "resolve"))
    work()
    assert (only(receiver, OPENED)["id"], only(receiver, CLOSED)["id"]) == (str(paid), str(paid))
    assert only(receiver, CLOSED)["facts"]["outcome"] == "won"


@pytest.mark.parametrize("currency, told", [("NGN", True), ("ZZZ", False)])
def test_a_dispute_of_a_payment_that_is_not_known_here_is_told_as_such(customer, receiver, currency, told):
    said = Dispute("awaiting_us", "elsewhere", amount_minor=5_000, currency=currency)
    with writing():
        row = settle_dispute(customer.story.business_id, "paystack", "1234", said, now=clock.now())
        dispute_id = row.id
    work()
    opened = only(receiver, OPENED)
    assert (opened["object"], opened["id"]) == ("dispute", str(dispute_id))
    assert ("amount" in opened["facts"]) is told


def test_no_word_that_staff_wrote_goes_out(customer, receiver):
    story, now = customer.story, clock.now()
    invoices.void(story.owner, story.issued(), SECRET, now=now)
    invoices.write_off(story.owner, story.issued(), SECRET, now=now)
    payment_id = story.payment(customer.invoice_id)
    payments.reverse_payment(story.owner, payment_id, SECRET, now=now)
    work()
    types = {one["type"] for one in receiver.events}
    assert types >= {"invoice.voided", "invoice.written_off", "payment.reversed"}
    assert SECRET not in json.dumps(receiver.events)
