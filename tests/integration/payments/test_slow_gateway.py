"""A gateway that does not answer holds nobody up and loses nothing: the customer waits on a page, a job finds out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import writing
from app.jobs import run_all
from app.jobs.models import Job
from app.payments.gateways.calls import Limits
from app.payments.models import Attempt
from app.payments.rules import RETRY_AFTER
from tests.contracts.fake_paystack import FakePaystack
from tests.integration.portal.conftest import Customer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch):
    """Wait for an answer a tenth of the time: a test has no eight seconds."""
    monkeypatch.setattr(Limits.__init__, "__defaults__", (0.2, 0.3, 0.5, 0.05))


def later(seconds: int) -> None:
    """Let that much time pass for the outbox."""
    with writing() as session:
        for job in session.scalars(select(Job).where(Job.state == "ready")):
            job.due_at -= timedelta(seconds=seconds)
    run_all()


@pytest.mark.parametrize("failure", ["hang", "500", "429", "bad-json", "503-html", "drip"])
def test_the_page_waits_and_a_job_opens_the_checkout(customer: Customer, paystack: FakePaystack, failure: str):
    paystack.fail_next(failure)
    answer = customer.pay()
    attempt = customer.attempts()[0]
    assert answer.status_code == 303
    assert answer.location == f"{customer.url}pay/{attempt.id}/"
    waiting = customer.browser.get(answer.location)
    assert "Opening the payment page" in waiting.text
    assert waiting.headers["Refresh"] == f"3; url={answer.location}?n=1"
    later(10)
    ready = customer.browser.get(answer.location)
    assert "Continue to payment" in ready.text
    assert customer.attempts()[0].checkout_url in ready.text
    assert len(customer.attempts()) == 1


def test_a_checkout_that_opened_without_telling_us_is_tried_anew(customer: Customer, paystack: FakePaystack):
    paystack.fail_next("accept-and-hang")
    where = customer.pay().location
    later(10)
    assert "The payment did not go through" in customer.browser.get(where).text
    assert customer.pay().location.startswith("https://checkout.paystack.com/")
    first, second = customer.attempts()
    assert first.reference != second.reference


def test_a_customer_who_presses_pay_again_does_not_wait_for_the_job(customer: Customer, paystack: FakePaystack):
    """The worker that was to look for the page may have died with the job in its hands."""
    paystack.fail_next("accept-and-hang")
    waiting = customer.pay().location
    assert customer.pay().location == waiting, "somebody may still be on the way with the page's address"
    assert "Opening the payment page" in customer.browser.get(waiting).text
    with writing() as session:
        for attempt in session.scalars(select(Attempt)):
            attempt.created_at -= timedelta(seconds=11)
    assert "The payment did not go through" in customer.browser.get(customer.pay().location).text
    assert customer.pay().location.startswith("https://checkout.paystack.com/")
    first, second = (attempt.reference for attempt in customer.attempts())
    assert first != second
    paystack.finish(first, "success")
    later(40)
    assert [payment.gateway_reference for payment in customer.payments()] == [first]


def test_money_that_came_through_a_lost_page_is_found_all_the_same(customer: Customer, paystack: FakePaystack):
    paystack.fail_next("accept-and-hang")
    customer.pay()
    later(10)
    paystack.finish(customer.attempts()[0].reference, "success")
    later(30)
    assert customer.invoice().balance_minor == 0


def test_the_customer_comes_back_and_the_gateway_says_nothing_yet(customer: Customer, paystack: FakePaystack):
    customer.pay()
    attempt = customer.attempts()[0]
    paystack.fail_next("hang")
    back = customer.browser.get("/payment/callback/", query_string={"reference": attempt.reference})
    assert back.location == f"{customer.url}pay/{attempt.id}/?back=1"
    waiting = customer.browser.get(back.location)
    assert "Checking with the bank" in waiting.text
    assert waiting.headers["Refresh"].startswith("3; url=")
    paystack.finish(attempt.reference, "success")
    later(5)
    paid = customer.browser.get(back.location)
    assert "Paid. Thank you." in paid.text
    assert "Refresh" not in paid.headers


def test_a_payment_nobody_told_us_about_is_found_by_asking(customer: Customer, paystack: FakePaystack):
    customer.pay()
    later(40)
    assert customer.payments() == []
    paystack.finish(customer.attempts()[0].reference, "success")
    later(RETRY_AFTER[1] + 10)
    assert customer.invoice().balance_minor == 0


def test_a_wrong_key_is_said_at_once_and_its_reason_is_for_staff(customer: Customer, paystack: FakePaystack):
    paystack.keys.clear()
    page = customer.browser.get(customer.pay().location).text
    assert "The payment did not go through" in page
    assert "secret key" not in page
    assert "secret key" in customer.attempts()[0].reason


def test_the_page_stops_looking_after_a_while(customer: Customer, paystack: FakePaystack):
    paystack.fail_next("hang")
    where = customer.pay().location
    seconds, url = 0, where
    for _ in range(200):
        refresh = customer.browser.get(url).headers.get("Refresh")
        if refresh is None:
            break
        pause, url = re.fullmatch(r"(\d+); url=(\S+)", refresh).groups()
        seconds += int(pause)
    assert 10 * 60 < seconds < 20 * 60
    assert "We have not heard from the bank yet" in customer.browser.get(url).text
