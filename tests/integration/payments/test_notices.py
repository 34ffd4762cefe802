"""Notices are checked on their raw bytes, stored, answered, and only then worked on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app.extensions import db
from app.jobs import run_all
from app.payments.models import WebhookEvent
from tests.contracts.fake_paystack import OTHER_TEST_KEY, FakePaystack
from tests.integration.portal.conftest import Customer

Notify = Callable[..., int]


def events() -> list[WebhookEvent]:
    """Every notice that is stored."""
    db.session.rollback()
    return list(db.session.scalars(db.select(WebhookEvent)))


@pytest.fixture
def paid(customer: Customer, paystack: FakePaystack) -> str:
    """The reference of a payment that came while the customer's browser was closed."""
    customer.pay()
    reference = customer.attempts()[0].reference
    paystack.finish(reference, "success")
    return reference


def test_a_notice_is_stored_first_and_worked_on_later(
    customer: Customer, paystack: FakePaystack, notify: Notify, paid: str
):
    asked = len(paystack.journal)
    raw, headers = paystack.notice(paid)
    assert notify(raw, headers) == 200
    assert len(paystack.journal) == asked, "nobody is asked while the gateway waits for its answer"
    assert events()[0].body == raw
    assert customer.payments() == []
    run_all()
    assert [payment.amount_minor for payment in customer.payments()] == [322_500]
    assert events()[0].handled_at is not None


def test_fifty_copies_of_one_notice_make_one_payment(
    customer: Customer, paystack: FakePaystack, notify: Notify, paid: str
):
    assert {notify(*paystack.notice(paid)) for _ in range(50)} == {200}
    run_all()
    assert {notify(*paystack.notice(paid)) for _ in range(3)} == {200}
    run_all()
    assert [event.copies for event in events()] == [53]
    assert len(customer.payments()) == 1


def test_the_way_back_alone_pays_and_a_late_notice_adds_nothing(
    customer: Customer, paystack: FakePaystack, notify: Notify, paid: str
):
    customer.browser.get("/payment/callback/", query_string={"reference": paid})
    assert customer.invoice().balance_minor == 0
    assert notify(*paystack.notice(paid)) == 200
    run_all()
    assert len(customer.payments()) == 1


def test_a_notice_of_a_payment_that_did_not_happen_books_nothing(
    customer: Customer, paystack: FakePaystack, notify: Notify
):
    customer.pay()
    reference = customer.attempts()[0].reference
    raw, _ = paystack.notice(reference)
    claimed = json.loads(raw)
    claimed["data"] |= {"status": "success", "amount": 322_500}
    forged = json.dumps(claimed).encode()
    assert notify(forged, paystack.sign(forged)) == 200
    run_all()
    assert customer.payments() == []


@pytest.mark.parametrize("header", [{}, {"X-Paystack-Signature": "00"}, {"X-Paystack-Signature": "ü"}])
def test_a_forged_notice_is_refused_and_not_kept(
    paystack: FakePaystack, notify: Notify, paid: str, header: dict[str, str]
):
    raw, _ = paystack.notice(paid)
    assert notify(raw, header) == 401
    assert notify(raw, paystack.sign(raw, OTHER_TEST_KEY)) == 401
    assert notify(raw + b" ", paystack.sign(raw)) == 401
    assert events() == []


def test_an_address_nobody_has_is_not_found(customer: Customer, paystack: FakePaystack, notify: Notify, paid: str):
    raw, headers = paystack.notice(paid)
    assert notify(raw, headers, key="a" * 20) == 404
    assert customer.browser.post("/webhooks/stripe/abc/", data=raw, headers=headers).status_code == 404


def test_a_notice_of_more_than_a_quarter_megabyte_is_refused(paystack: FakePaystack, notify: Notify):
    raw = b'{"event":"' + b"x" * 262_144 + b'"}'
    assert notify(raw, paystack.sign(raw)) == 413


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{", b'{"event":[],"data":7}', b"\xff\xfe"])
def test_an_odd_notice_with_a_good_signature_is_kept_and_harmless(paystack: FakePaystack, notify: Notify, raw: bytes):
    assert notify(raw, paystack.sign(raw)) == 200
    run_all()
    assert len(events()) == 1


def test_forging_counts_against_the_address_and_genuine_notices_still_come_through(make_app, paystack: FakePaystack):
    from app import clock
    from app.auth.queries import get_business
    from app.payments.service import accounts
    from tests.contracts.fake_paystack import TEST_KEY
    from tests.support.story import a_business

    app = make_app(paystack_base_url=paystack.base_url, rate_limits_enabled=True, rate_limit_anonymous=3)
    with app.app_context():
        story = a_business(app)
        accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now())
        url = f"/webhooks/paystack/{get_business(story.business_id).gateway_key}/"
        browser = app.test_client()
        assert [browser.post(url, data=b"{}").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
        genuine = [browser.post(url, data=b"{}", headers=paystack.sign(b"{}")).status_code for _ in range(9)]
        assert set(genuine) == {200}
