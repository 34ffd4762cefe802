"""Charging a card again and giving money back at Paystack: what is sent, and refusals that mean something."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.payments.gateways import paystack_answers, paystack_cards
from app.payments.gateways.errors import ChargeDeferred, GatewayError, GatewayRefused
from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import TEST_KEY, Card, FakePaystack
from tests.contracts.gateway_accounts import EMAIL, NOTE, charge_of, checkout, refund_of


def test_a_charge_carries_its_metadata_as_text(fake: FakePaystack, paystack: Paystack, card: Card) -> None:
    wanted = charge_of(card)
    paystack.charge(wanted)
    sent = fake.journal[-1].body
    assert json.loads(sent["metadata"]) == {"invoice": "INV-7"}
    assert (sent["email"], sent["authorization_code"], sent["reference"]) == (EMAIL, card.code, wanted.reference)


def test_a_refund_carries_our_id_for_us_and_the_reason_for_the_customer(
    fake: FakePaystack, paystack: Paystack, paid: str
) -> None:
    paystack.refund(refund_of(paid))
    sent = {"transaction": paid, "amount": 5_000, "currency": "NGN"}
    assert fake.journal[-1].body == sent | {"merchant_note": NOTE, "customer_note": "Charged twice"}
    paystack.refund(replace(refund_of(paid), reason=""))
    assert fake.journal[-1].body == sent | {"merchant_note": NOTE}


def test_only_ways_that_can_be_charged_again_are_offered_to_who_agreed_to_it(
    fake: FakePaystack, paystack: Paystack
) -> None:
    paystack.start(replace(checkout(), reusable=True))
    assert fake.journal[-1].body["metadata"]["custom_filters"] == {"recurring": True}
    paystack.start(checkout())
    assert "custom_filters" not in fake.journal[-1].body["metadata"]


@pytest.mark.parametrize(
    "currency, minor, subunits", [("NGN", 500_000, 500_000), ("XOF", 1_500, 150_000), ("KES", 300, 300)]
)
def test_money_goes_back_and_comes_again_in_hundredths(
    fake: FakePaystack, paystack: Paystack, card: Card, currency: str, minor: int, subunits: int
) -> None:
    wanted = charge_of(card, minor, currency)
    charged = paystack.charge(wanted)
    assert fake.journal[-1].body["amount"] == subunits
    assert (charged.amount_minor, charged.currency) == (minor, currency)
    refund = paystack.refund(refund_of(wanted.reference, minor, currency))
    assert fake.journal[-1].body["amount"] == subunits
    assert (refund.amount_minor, refund.currency) == (minor, currency)
    assert paystack.refunds(wanted.reference)[0].amount_minor == minor
    number = str(fake.open_dispute(wanted.reference).id)
    assert paystack.find_dispute(number).amount_minor == minor


def test_the_fee_comes_in_the_minor_units_of_its_currency(fake: FakePaystack, paystack: Paystack, card: Card) -> None:
    assert paystack.charge(charge_of(card)).fees_minor == 11_250
    assert paystack.charge(charge_of(card, 20_000, "XOF")).fees_minor == 300


@pytest.mark.parametrize(
    "message, data, wait, retry_at",
    [
        ("Charge attempt cannot be fulfilled until 90 minutes", None, timedelta(minutes=90), None),
        ("Charge cannot be fulfilled until 24 hours", {"retry_by": None}, timedelta(hours=24), None),
        (
            "Charge cannot be fulfilled until {time} minutes",
            {"retry_by": "2026-05-01 5:00:00"},
            None,
            datetime(2026, 5, 1, 5, tzinfo=UTC),
        ),
        ("Charge attempt cannot be fulfilled until later", {"retry_by": "soon"}, None, None),
        ("Charge attempt cannot be fulfilled", {"retry_by": "2026-05-01 25:00:00"}, None, None),
    ],
)
def test_a_card_that_must_rest_says_until_when_if_that_can_be_read(
    message: str, data: Any, wait: timedelta | None, retry_at: datetime | None
) -> None:
    with pytest.raises(ChargeDeferred) as caught:
        paystack_cards.refuse(400, {"status": False, "message": message, "data": data})
    assert (caught.value.wait, caught.value.retry_at) == (wait, retry_at)


def test_a_refusal_repeats_paystack_s_words_without_what_is_secret() -> None:
    said = f"Authorization AUTH_72btv547 of dami@lekki.example, key {TEST_KEY}, cannot be used (mandate not active)"
    with pytest.raises(GatewayRefused) as caught:
        paystack_answers.data(400, {"status": False, "message": said})
    shown = str(caught.value)
    assert "cannot be used (mandate not active)" in shown
    for secret in ("AUTH_72btv547", "72btv547", "dami", "lekki", TEST_KEY):
        assert secret not in shown


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "//x", 7, "http://[", ["https://x"]])
def test_a_paused_charge_without_an_address_is_asked_about_again(url: Any) -> None:
    with pytest.raises(GatewayError) as caught:
        paystack_cards.confirm_url({"paused": True, "authorization_url": url})
    assert not caught.value.permanent


def test_an_address_to_confirm_at_counts_also_without_the_word_paused() -> None:
    url = "https://checkout.paystack.com/resume/x"
    assert paystack_cards.confirm_url({"authorization_url": url, "reference": "r"}) == url
    assert paystack_cards.confirm_url({"status": "success", "authorization": {}}) is None


def test_a_card_s_years_and_digits_are_read_whatever_their_types(
    fake: FakePaystack, paystack: Paystack, paid: str
) -> None:
    for found, expected in (
        ({"exp_month": 7, "exp_year": 2031, "last4": 4081, "reusable": True}, (7, 2031, "4081", True)),
        ({"exp_month": "13", "exp_year": "31", "last4": None, "reusable": "true"}, (None, None, None, False)),
        ({"exp_month": None, "exp_year": {}, "last4": "0012", "reusable": 1}, (None, None, "0012", False)),
    ):
        fake.finish(paid, "success", authorization={"authorization_code": "AUTH_x"} | found)
        saved = paystack.verify(paid).authorization
        assert saved is not None
        assert (saved.exp_month, saved.exp_year, saved.last4, saved.reusable) == expected
    for nothing in ({}, None, [], "AUTH_x", {"authorization_code": None}, {"authorization_code": 7}):
        fake.finish(paid, "success", authorization=nothing)
        assert paystack.verify(paid).authorization is None
