"""Answers that never came, came late or came broken, when money goes back and comes again: nothing happens twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from app.payments.gateways.calls import Limits
from app.payments.gateways.errors import AlreadyStarted, GatewayError, GatewayRefused
from app.payments.gateways.moneyback import BankAccount
from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import TEST_KEY, Card, FakePaystack
from tests.contracts.gateway_accounts import EMAIL, NOTE, charge_of, refund_of

ACCOUNT = BankAccount("NGN", "0123456789", "9")


@pytest.mark.parametrize("failure", ["accept-and-hang", "accept-and-close", "accept-and-500", "wrong-types"])
def test_a_refund_whose_answer_was_lost_is_found_by_our_id(
    fake: FakePaystack, paystack: Paystack, hurried: Paystack, paid: str, failure: str
) -> None:
    fake.fail_next(failure, on="/refund")
    with pytest.raises(GatewayError) as caught:
        hurried.refund(refund_of(paid))
    assert not caught.value.permanent
    fake.released.set()
    found = paystack.find_refund(paid, None, NOTE, since=datetime.now(UTC))
    assert (found.state, found.amount_minor) == ("pending", 5_000)
    assert fake.books.refunded(paid, TEST_KEY, promised=True) == 5_000


@pytest.mark.parametrize("failure", ["hang", "close", "429", "500", "503-html", "bad-json"])
def test_a_refund_that_never_arrived_is_unknown(
    fake: FakePaystack, paystack: Paystack, hurried: Paystack, paid: str, failure: str
) -> None:
    fake.fail_next(failure, on="/refund")
    with pytest.raises(GatewayError) as caught:
        hurried.refund(refund_of(paid))
    assert not caught.value.permanent
    fake.released.set()
    assert paystack.find_refund(paid, None, NOTE).state == "unknown"


@pytest.mark.parametrize("failure", ["500", "429", "bad-json", "null", "503-html", "not-true", "close", "wrong-types"])
def test_a_list_that_cannot_be_read_never_says_that_there_is_no_refund(
    fake: FakePaystack, paystack: Paystack, paid: str, failure: str
) -> None:
    paystack.refund(refund_of(paid))
    for ask in (lambda: paystack.find_refund(paid, None, NOTE), lambda: paystack.refunds(paid)):
        fake.fail_next(failure, on="/refund")
        with pytest.raises(GatewayError) as caught:
            ask()
        assert not isinstance(caught.value, GatewayRefused)
        assert not caught.value.permanent


@pytest.mark.parametrize("failure", ["accept-and-hang", "accept-and-close", "accept-and-500"])
def test_a_charge_whose_answer_was_lost_is_found_by_its_reference_and_made_once(
    fake: FakePaystack, paystack: Paystack, hurried: Paystack, card: Card, failure: str
) -> None:
    wanted = charge_of(card)
    fake.fail_next(failure)
    with pytest.raises(GatewayError):
        hurried.charge(wanted)
    fake.released.set()
    assert paystack.verify(wanted.reference).state == "succeeded"
    with pytest.raises(AlreadyStarted) as caught:
        paystack.charge(wanted)
    assert caught.value.verification.state == "succeeded"
    assert fake.books.charged(wanted.reference, TEST_KEY) == 750_000


CALLS: dict[str, Callable[[Paystack, str, Card], object]] = {
    "charge": lambda paystack, paid, card: paystack.charge(charge_of(card)),
    "deactivate": lambda paystack, paid, card: paystack.deactivate(card.code),
    "refund": lambda paystack, paid, card: paystack.refund(refund_of(paid)),
    "find_refund": lambda paystack, paid, card: paystack.find_refund(paid, "15581137", NOTE),
    "refunds": lambda paystack, paid, card: paystack.refunds(paid),
    "retry_refund": lambda paystack, paid, card: paystack.retry_refund("15581137", ACCOUNT),
    "banks": lambda paystack, paid, card: paystack.banks("NGN"),
    "find_dispute": lambda paystack, paid, card: paystack.find_dispute("2867000"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("failure", ["hang", "close", "500", "503-html", "429", "bad-json", "null", "redirect", "huge"])
def test_an_ill_paystack_is_asked_again_later_and_told_no_secret(
    fake: FakePaystack, hurried: Paystack, paid: str, card: Card, call: str, failure: str
) -> None:
    before = len(fake.journal)
    fake.fail_next(failure)
    began = time.monotonic()
    with pytest.raises(GatewayError) as caught:
        CALLS[call](hurried, paid, card)
    assert not caught.value.permanent
    assert not isinstance(caught.value, GatewayRefused)
    assert time.monotonic() - began < 20, "an answer that never ends held us"
    assert len(fake.journal) == before + 1, "nothing was repeated, no redirect followed"
    for secret in (TEST_KEY, card.code, ACCOUNT.account_number, EMAIL):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_key_is_a_lasting_failure(
    fake: FakePaystack, paystack: Paystack, paid: str, card: Card, call: str
) -> None:
    fake.fail_next("401")
    with pytest.raises(GatewayError, match="Check the secret key") as caught:
        CALLS[call](paystack, paid, card)
    assert caught.value.permanent


def _prepared(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    """What every call of CALLS asks about is there."""
    paystack.refund(refund_of(paid))
    fake.move_refund(15581137, "needs-attention")
    fake.open_dispute(paid)
    fake.fail_next("wrong-types")


@pytest.mark.parametrize("call", ["refund", "find_refund", "refunds", "retry_refund", "find_dispute"])
def test_an_answer_that_has_lost_its_types_is_no_answer(
    fake: FakePaystack, paystack: Paystack, paid: str, card: Card, call: str
) -> None:
    _prepared(fake, paystack, paid)
    with pytest.raises(GatewayError) as caught:
        CALLS[call](paystack, paid, card)
    assert not caught.value.permanent


def test_a_charge_that_has_lost_its_types_is_neither_paid_nor_failed(
    fake: FakePaystack, paystack: Paystack, paid: str, card: Card
) -> None:
    _prepared(fake, paystack, paid)
    assert paystack.charge(charge_of(card)).state == "unknown"


def test_a_slow_paystack_is_waited_for(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    fake.fail_next("slow")
    assert paystack.refund(refund_of(paid)).state == "pending"


def test_we_wait_two_seconds_for_a_line_and_five_for_an_answer() -> None:
    defaults = {field.name: field.default for field in fields(Limits)}
    assert (defaults["connect"], defaults["read"]) == (2.0, 5.0)
