"""A written off invoice asks its customer for nothing and does not say that it was paid; recovered, it asks again."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from app import clock
from app.invoices import service as invoices
from app.jobs import run_all
from app.payments import service as payments
from tests.integration.portal.conftest import Customer
from tests.support.story import Click

REASON = "Never answers"
LIES = ("Paid. Thank you", "Paid in full", "paid in full", "Nothing is left to pay", "You owe nothing", "withdrawn")
OFFERS = ("Pay ₦", "Pay by bank transfer", "Ask how to pay", 'name="what"', "Pay online")


def write_off(customer: Customer) -> None:
    invoices.write_off(customer.story.owner, customer.invoice_id, REASON, now=clock.now())


def recover(customer: Customer) -> None:
    invoices.recover(customer.story.owner, customer.invoice_id, "They wrote", now=clock.now())


def printed(customer: Customer) -> str:
    run_all()
    customer.open("pdf/")
    run_all()
    pages = PdfReader(io.BytesIO(customer.open("pdf/").data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("paid", [0, 100_000])
def test_its_page_asks_for_nothing_and_does_not_say_it_was_paid(customer: Customer, paid: int):
    if paid:
        customer.story.payment(customer.invoice_id, paid)
    write_off(customer)
    page = customer.open().text
    assert "This invoice is closed" in page
    assert "No payment is asked for here any more." in page
    assert ("₦1,000.00 of it was paid." in page) is bool(paid)
    assert "Closed unpaid" in page
    for words in (*LIES, *OFFERS, REASON, "Written off", "bad debt"):
        assert words not in page


@pytest.mark.parametrize("paid", [0, 100_000])
@pytest.mark.drawn
def test_its_pdf_likewise(customer: Customer, paid: int):
    if paid:
        customer.story.payment(customer.invoice_id, paid)
    write_off(customer)
    text = printed(customer)
    assert "No payment is asked for." in text
    assert "Closed unpaid" in text
    for words in (*LIES, *OFFERS, REASON, "Paid", "Nothing more is due"):
        assert words not in text


def test_paying_from_a_page_that_was_still_open_is_refused_with_a_word(customer: Customer):
    key = customer.open().text.split('name="csrf_token" value="')[1].split('"')[0]
    write_off(customer)
    answer = customer.browser.post(customer.url + "pay/", data={"csrf_token": key, "what": "whole"})
    assert (answer.status_code, answer.location) == (303, customer.url)
    assert "No payment is asked for on this invoice any more." in customer.open().text
    assert customer.attempts() == []


def test_a_checkout_that_was_begun_before_is_not_offered_any_more(customer: Customer):
    customer.pay()
    attempt = customer.attempts()[0]
    path = f"pay/{attempt.id}/"
    assert attempt.checkout_url in customer.open(path).text
    write_off(customer)
    for query in ("", "?back=1", "?back=1&n=99"):
        assert attempt.checkout_url not in customer.open(path + query).text
    assert "No payment is asked for any more" in customer.open(path).text


def test_a_try_that_failed_does_not_say_that_the_invoice_is_still_open(customer: Customer):
    customer.pay()
    attempt = customer.attempts()[0]
    customer.story.pay_at_bank(Click(attempt.id, attempt.reference), "fail")
    payments.verify_now(customer.story.business_id, attempt.id, now=clock.now())
    assert "The invoice is still open" in customer.open(f"pay/{attempt.id}/").text
    write_off(customer)
    page = customer.open(f"pay/{attempt.id}/").text
    assert "The payment did not go through" in page
    assert "still open" not in page
    assert "Try again" not in page


def test_who_pays_all_the_same_reads_that_it_is_credit(customer: Customer):
    click = customer.story.attempt(customer.invoice_id)
    write_off(customer)
    customer.story.pay_at_bank(click)
    payments.verify_now(customer.story.business_id, click.id, now=clock.now())
    page = customer.open().text
    assert "The ₦3,225.00 you paid is your credit with Harmattan Fibre." in page
    assert "This invoice is closed" in page


@pytest.mark.drawn
def test_once_it_is_recovered_the_rest_is_asked_for_again(customer: Customer):
    customer.story.payment(customer.invoice_id, 100_000)
    write_off(customer)
    recover(customer)
    page = customer.open().text
    assert "₦1,000.00 of ₦3,225.00 is paid" in page
    assert "Pay ₦2,225.00" in page
    assert "closed" not in page
    text = printed(customer)
    assert "Amount due" in text
    assert "Closed" not in text
