"""From the link to paid, with the demo bank."""

from __future__ import annotations

import pytest

from app.jobs import run_all
from tests.integration.portal.conftest import Customer


def test_the_click_leads_to_the_bank_and_back_to_a_paid_invoice(customer: Customer) -> None:
    answer = customer.pay()
    attempt = customer.attempts()[0]
    assert (answer.status_code, answer.location) == (303, attempt.checkout_url)
    customer.story.pay_at_bank(attempt)
    back = customer.browser.get("/payment/callback/", query_string={"reference": attempt.reference})
    assert (back.status_code, back.location) == (303, customer.url)
    page = customer.open().text
    assert "Paid. Thank you." in page
    assert "Pay ₦" not in page
    assert customer.invoice().balance_minor == 0


def test_the_notice_alone_pays_the_invoice(customer: Customer) -> None:
    customer.pay()
    raw, headers = customer.story.pay_at_bank(customer.attempts()[0])
    from app.auth.queries import get_business

    key = get_business(customer.story.business_id).gateway_key
    assert customer.browser.post(f"/webhooks/demo/{key}/", data=raw, headers=headers).status_code == 200
    assert customer.invoice().balance_minor == 322_500
    run_all()
    assert "Paid. Thank you." in customer.open().text


@pytest.mark.parametrize("times", [2, 3])
def test_a_double_click_starts_one_payment(customer: Customer, times: int) -> None:
    leads = {customer.pay().location for _ in range(times)}
    assert len(leads) == len(customer.attempts()) == 1


def test_who_cancels_at_the_bank_reads_that_nothing_was_paid_and_can_pay(customer: Customer) -> None:
    customer.pay()
    assert "What became of it?" in customer.open().text
    page = customer.open("?left=1").text
    assert "we know of no money that was taken" in page
    assert "What became of it?" not in page
    assert "Pay ₦3,225.00" in page
    assert "data-poll" not in page


def test_who_paid_more_than_was_due_reads_what_was_charged_and_what_became_of_it(customer: Customer) -> None:
    customer.pay()
    attempt = customer.attempts()[0]
    customer.story.payment(customer.invoice_id, 100_000)
    customer.story.pay_at_bank(attempt)
    customer.browser.get("/payment/callback/", query_string={"reference": attempt.reference})
    page = customer.open().text
    assert "₦3,225.00 charged" in page
    assert "₦1,000.00 is your credit" in page


def test_one_payment_of_too_much_adds_up_on_the_page(customer: Customer) -> None:
    customer.story.payment(customer.invoice_id, 400_000)
    page = customer.open().text
    for row in ("<dt>You paid</dt>", "<dt>Your credit</dt>", "<dt>Amount</dt>"):
        assert page.count(row) == 1, row
