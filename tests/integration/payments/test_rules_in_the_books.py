"""What really came is held against what was asked for, and nothing else is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from app.jobs import run_all
from app.ledger.queries import account_balances
from app.payments.queries import held
from tests.contracts.fake_paystack import FakePaystack
from tests.integration.portal.conftest import Customer
from tests.support.sound import violations

DUE = 322_500


def come_back(customer: Customer, reference: str) -> str:
    """Return from the gateway by the address it uses, and read where that leads."""
    answer = customer.browser.get("/payment/callback/", query_string={"trxref": reference, "reference": reference})
    assert answer.status_code == 303
    return str(answer.location)


@pytest.mark.parametrize(
    ("came", "balance", "credit", "flags"),
    [
        (DUE, 0, 0, []),
        (100, DUE - 100, 0, ["less"]),
        (DUE + 500, 0, 500, ["more"]),
    ],
)
def test_what_really_came_is_booked(
    customer: Customer, paystack: FakePaystack, came: int, balance: int, credit: int, flags: list[str]
):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success", amount=came)
    assert come_back(customer, reference) == customer.url
    payment = customer.payments()[0]
    assert (payment.amount_minor, payment.unallocated_minor, payment.flags) == (came, credit, flags)
    assert customer.invoice().balance_minor == balance


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"currency": "USD"}, "Paid in USD, asked for in NGN."),
        ({"domain": "live"}, "Paid in live mode, asked for in test mode."),
    ],
)
def test_money_that_does_not_fit_is_held_and_shown(
    customer: Customer, paystack: FakePaystack, answer: dict[str, Any], reason: str
):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success", **answer)
    where = come_back(customer, reference)
    assert "We are looking into your payment" in customer.browser.get(where).text
    assert "You need not pay again" in customer.open().text
    assert customer.payments() == []
    assert customer.invoice().balance_minor == DUE
    assert reason in customer.story.visitor("viewer").get("/payments/").text


def test_money_under_a_reference_we_did_not_make_is_held(
    customer: Customer, paystack: FakePaystack, notify: Callable[..., int]
):
    customer.pay()
    known = customer.attempts()[0].reference
    stranger = "x" * 26
    paystack.transactions = {(key, stranger): found for (key, _), found in paystack.transactions.items()}
    next(iter(paystack.transactions.values())).reference = stranger
    paystack.finish(stranger, "success")
    assert notify(*paystack.notice(stranger)) == 200
    run_all()
    assert [row.reference for row in held(customer.story.business_id)] == [stranger]
    assert customer.payments() == []
    assert customer.attempts()[0].reference == known


def test_money_for_an_invoice_that_was_voided_meanwhile_becomes_credit(customer: Customer, paystack: FakePaystack):
    customer.pay()
    reference = customer.attempts()[0].reference
    invoices.void(customer.story.owner, customer.invoice_id, "Sent twice", now=clock.now())
    paystack.finish(reference, "success")
    come_back(customer, reference)
    assert customer.payments()[0].unallocated_minor == DUE
    page = customer.open().text
    assert "This invoice was withdrawn" in page
    assert "₦3,225.00 you paid is your credit" in page


def test_two_payments_for_one_balance_are_two_payments_and_one_is_credit(customer: Customer, paystack: FakePaystack):
    customer.pay_part("3,225")
    customer.pay_part("3,224")
    for attempt in customer.attempts():
        paystack.finish(attempt.reference, "success")
        come_back(customer, attempt.reference)
    assert [payment.unallocated_minor for payment in customer.payments()] == [0, 322_400]
    assert customer.invoice().balance_minor == 0


def test_a_part_is_paid_and_the_rest_stays_due(customer: Customer, paystack: FakePaystack):
    customer.pay_part("1,000")
    reference = customer.attempts()[0].reference
    assert paystack.journal[-1].body["amount"] == 100_000
    paystack.finish(reference, "success")
    come_back(customer, reference)
    page = customer.open().text
    assert "Pay ₦2,225.00" in page
    assert "₦1,000.00 of ₦3,225.00 is paid" in page


def test_a_refused_card_leaves_the_invoice_open_and_offers_another_try(customer: Customer, paystack: FakePaystack):
    customer.pay()
    first = customer.attempts()[0].reference
    paystack.finish(first, "failed")
    page = customer.browser.get(come_back(customer, first)).text
    assert "The payment did not go through" in page
    customer.pay()
    assert len({attempt.reference for attempt in customer.attempts()}) == 2


def test_a_reference_nobody_made_leads_nowhere(customer: Customer):
    for reference in ("", "y" * 26, "../../etc", "\x00", "a" * 5000):
        assert customer.browser.get("/payment/callback/", query_string={"reference": reference}).status_code == 404


def test_the_key_of_the_business_opens_its_own_account_only(customer: Customer, paystack: FakePaystack):
    customer.pay()
    assert {key for key, _ in paystack.transactions} == {"sk_test_0123456789abcdef0123456789abcdef01234567"}
    assert json.dumps(paystack.journal[-1].body).count(customer.token) == 1, "the way back leads to the customer's link"


def test_what_the_company_kept_is_a_fee_and_no_money_with_it(customer: Customer, paystack: FakePaystack):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success", fees=4_838)
    come_back(customer, reference)
    db.session.rollback()
    books = account_balances(customer.story.business_id)
    assert books["fees", "NGN"] == 4_838
    assert books["cash:gateway", "NGN"] == DUE - 4_838
    assert violations(customer.story.business_id) == []


@pytest.mark.parametrize("fees", [None, 0, -5, "many", DUE + 1])
def test_a_fee_that_makes_no_sense_is_not_booked(customer: Customer, paystack: FakePaystack, fees: Any):
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success", fees=fees)
    come_back(customer, reference)
    db.session.rollback()
    assert ("fees", "NGN") not in account_balances(customer.story.business_id)
    assert customer.payments()[0].amount_minor == DUE
