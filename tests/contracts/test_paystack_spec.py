"""Paystack's official specification as the judge: of every request our client makes, and of the fake's answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from app.payments.gateways.errors import GatewayError
from app.payments.gateways.moneyback import BankAccount
from app.payments.gateways.paystack import Paystack
from app.payments.gateways.paystack_money import CURRENCIES
from tests.contracts.fake_paystack import TEST_KEY, Call, FakePaystack
from tests.contracts.gateway_accounts import EMAIL, NOTE, charge_of, checkout, refund_of
from tests.contracts.openapi_schema import contract
from tests.contracts.paystack_judge import judge

_SPEC = contract("paystack.yaml")
_SPECIFIED = [currency for currency in CURRENCIES if currency != "XOF"]
"""XOF is in Paystack's documentation and not in the specification's list."""


@pytest.fixture(scope="module")
def spec() -> Any:
    if not _SPEC.is_file():
        pytest.skip(
            f"NOT RUN: our Paystack client was not checked against the official specification, because {_SPEC} is "
            "missing. Set DUELY_CONTRACTS to the folder that holds paystack.yaml."
        )
    return yaml.load(_SPEC.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _pay(paystack: Paystack, fake: FakePaystack) -> None:
    wanted = checkout()
    paystack.start(wanted)
    for status in ("abandoned", "ongoing", "failed", "reversed", "success"):
        fake.finish(wanted.reference, status)
        paystack.verify(wanted.reference)


def _start_twice(paystack: Paystack, _fake: FakePaystack) -> None:
    wanted = checkout()
    paystack.start(wanted)
    with pytest.raises(GatewayError):
        paystack.start(wanted)


def _pay_in_every_currency(paystack: Paystack, fake: FakePaystack) -> None:
    for currency in _SPECIFIED:
        wanted = checkout(minor=paystack.minimum(currency), currency=currency)
        paystack.start(wanted)
        fake.finish(wanted.reference, "success")
        paystack.verify(wanted.reference)


def _ask_for_nothing(paystack: Paystack, _fake: FakePaystack) -> None:
    paystack.verify("a" * 26)
    paystack.test_connection()


def _use_a_wrong_key(_paystack: Paystack, fake: FakePaystack) -> None:
    stranger = Paystack("sk_test_nobody", base_url=fake.base_url)
    for call in (lambda: stranger.start(checkout()), lambda: stranger.verify("a" * 26), stranger.test_connection):
        with pytest.raises(GatewayError):
            call()


def _paid(paystack: Paystack, fake: FakePaystack, currency: str = "NGN") -> str:
    wanted = checkout(currency=currency)
    paystack.start(wanted)
    fake.finish(wanted.reference, "success")
    return wanted.reference


def _charge_again(paystack: Paystack, fake: FakePaystack) -> None:
    for currency in _SPECIFIED:
        paystack.charge(charge_of(fake.new_card(EMAIL), currency=currency))
    for again in ("failed", "pending", "paused"):
        wanted = charge_of(fake.new_card(EMAIL, again=again))
        paystack.charge(wanted)
        paystack.verify(wanted.reference)


def _charge_in_vain(paystack: Paystack, fake: FakePaystack) -> None:
    wanted = charge_of(fake.new_card(EMAIL))
    paystack.charge(wanted)
    for request in (wanted, charge_of(fake.new_card(EMAIL, again="regulated")), charge_of(fake.new_card("a@b.co"))):
        with pytest.raises(GatewayError):
            paystack.charge(replace(request, email=EMAIL))


def _forget_a_card(paystack: Paystack, fake: FakePaystack) -> None:
    paystack.deactivate(fake.new_card(EMAIL).code)
    paystack.deactivate("AUTH_neverseen")


def _refund_in_every_currency(paystack: Paystack, fake: FakePaystack) -> None:
    for currency in _SPECIFIED:
        paystack.refund(refund_of(_paid(paystack, fake, currency), currency=currency))


def _follow_a_refund(paystack: Paystack, fake: FakePaystack) -> None:
    reference = _paid(paystack, fake)
    number = paystack.refund(refund_of(reference)).provider_id or ""
    fake.refund_on_dashboard(reference, 7_000)
    for status in ("pending", "processing", "processed", "failed", "needs-attention"):
        fake.move_refund(int(number), status)
        paystack.find_refund(reference, number, NOTE)
        paystack.find_refund(reference, None, NOTE, since=datetime.now(UTC))
    paystack.refunds(reference)
    paystack.banks("NGN")
    paystack.retry_refund(number, BankAccount("NGN", "0123456789", "9"))


def _refund_in_vain(paystack: Paystack, fake: FakePaystack) -> None:
    reference = _paid(paystack, fake)
    paystack.find_refund(reference, "404", NOTE)
    paystack.find_refund(reference, None, NOTE)
    for request in (refund_of("a" * 26), refund_of(reference, minor=40_000_000)):
        with pytest.raises(GatewayError):
            paystack.refund(request)


def _dispute(paystack: Paystack, fake: FakePaystack) -> None:
    number = fake.open_dispute(_paid(paystack, fake)).id
    paystack.find_dispute(str(number))
    fake.resolve_dispute(number, "auto-accepted")
    paystack.find_dispute(str(number))
    paystack.find_dispute("404")


@pytest.mark.parametrize(
    "story, calls",
    [
        (_pay, 6),
        (_start_twice, 3),
        (_pay_in_every_currency, 10),
        (_ask_for_nothing, 2),
        (_use_a_wrong_key, 3),
        (_charge_again, 11),
        (_charge_in_vain, 5),
        (_forget_a_card, 2),
        (_refund_in_every_currency, 10),
        (_follow_a_refund, 15),
        (_refund_in_vain, 5),
        (_dispute, 4),
    ],
)
def test_what_we_send_and_what_the_fake_answers_is_in_the_specification(
    spec: Any, fake: FakePaystack, story: Callable[[Paystack, FakePaystack], None], calls: int
) -> None:
    story(Paystack(TEST_KEY, base_url=fake.base_url), fake)
    assert len(fake.journal) == calls
    assert [problem for call in fake.journal for problem in judge(spec, call)] == []


@pytest.mark.parametrize(
    "body, complaint",
    [
        ({"email": "a@b.co", "amount": "5000"}, "amount"),
        ({"email": "a@b.co"}, "'amount' is a required property"),
        ({"email": "a@b.co", "amount": 5000, "currency": "VND"}, "currency"),
        ({"email": "a@b.co", "amount": 5000, "metadata": "{}"}, "metadata"),
        ({"email": "a@b.co", "amount": 5000, "callbackUrl": "x"}, "callbackUrl"),
    ],
)
def test_the_judge_finds_faults(spec: Any, body: dict[str, Any], complaint: str) -> None:
    call = Call("POST", "/transaction/initialize", body, status=599, answer={})
    assert complaint in " ".join(judge(spec, call))


@pytest.mark.parametrize(
    "path, body, complaint",
    [
        ("/transaction/charge_authorization", {"metadata": {}}, "metadata"),
        ("/transaction/charge_authorization", {"amount": 5000, "authorization_code": "AUTH_x"}, "'email'"),
        ("/refund", {"amount": 5000}, "'transaction' is a required property"),
        ("/refund", {"transaction": 7}, "transaction"),
        ("/refund", {"transaction": "x", "note": "y"}, "note"),
        ("/customer/authorization/deactivate", {}, "authorization_code"),
        ("/refund/retry_with_customer_details/7", {"refund_account_details": {"bank_id": 9}}, "bank_id"),
        ("/refund/retry_with_customer_details/x", {"refund_account_details": {}}, "id: 'x' is not of type 'integer'"),
    ],
)
def test_the_judge_finds_faults_in_what_moves_money(spec: Any, path: str, body: Any, complaint: str) -> None:
    assert complaint in " ".join(judge(spec, Call("POST", path, body, status=599, answer={})))


@pytest.mark.parametrize(
    "path, query, complaint",
    [
        ("/refund", {"transaction": "x"}, "transaction, which is not in the specification"),
        ("/refund", {"per_page": "7"}, "per_page"),
        ("/refund", {"page": "x"}, "page"),
        ("/refund", {"from": "2026-11-20"}, "from has no time zone"),
        ("/bank", {"currency": "USD"}, "currency"),
        ("/dispute/abc", {}, "id: 'abc' is not of type 'integer'"),
    ],
)
def test_the_judge_finds_faults_in_a_question(spec: Any, path: str, query: dict[str, str], complaint: str) -> None:
    assert complaint in " ".join(judge(spec, Call("GET", path, None, status=599, answer={}, query=query)))


def test_the_judge_finds_faults_in_an_answer(spec: Any, fake: FakePaystack, paystack: Paystack) -> None:
    paystack.refund(refund_of(_paid(paystack, fake)))
    call = fake.journal[-1]
    assert judge(spec, call) == []
    del call.answer["data"]["merchant_note"]
    call.answer["data"]["amount"] = "5000"
    found = " ".join(judge(spec, call))
    assert "merchant_note" in found
    assert "data/amount" in found


def test_the_official_address_is_our_default(spec: Any) -> None:
    from app.payments.gateways.paystack import BASE_URL

    assert spec["servers"] == [{"url": BASE_URL, "description": "Base API endpoint"}]
