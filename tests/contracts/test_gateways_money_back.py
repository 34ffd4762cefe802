"""Refunds and disputes: the same cases for the demo bank and for Paystack."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from app.money import Money
from app.payments.gateways.errors import GatewayBusy, GatewayError, GatewayRefused
from app.payments.gateways.moneyback import BankAccount, RefundRequest
from tests.contracts.gateway_accounts import ENDING_IN, NOTE, Account, checkout

PRICE = 34_400_000


def _paid(account: Account) -> str:
    """The reference of a payment that was made."""
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, "succeed")
    return wanted.reference


def _refund(reference: str, minor: int = 5_000, note: str = NOTE) -> RefundRequest:
    return RefundRequest(reference, Money(minor, "NGN"), note, "Charged twice")


# --- refunds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["processed", "failed", "needs_attention"])
def test_a_refund_is_followed_to_its_end(account: Account, state: str) -> None:
    reference = _paid(account)
    minor = ENDING_IN[state]
    begun = account.gateway.refund(_refund(reference, minor))
    assert begun.state in ("pending", "processing")
    assert (begun.payment_reference, begun.amount_minor, begun.currency) == (reference, minor, "NGN")
    assert begun.provider_id
    account.end_refund(begun.provider_id, state)
    for number in (begun.provider_id, None):
        found = account.gateway.find_refund(reference, number, NOTE)
        assert (found.state, found.provider_id, found.amount_minor) == (state, begun.provider_id, minor)
        assert found.note == NOTE
        assert found.reason.endswith(".")
    assert [one.state for one in account.gateway.refunds(reference)] == [state]
    assert account.gateway.verify(reference).state == "succeeded"


def test_the_notice_of_a_refund_names_everything_needed_to_look_it_up(account: Account) -> None:
    reference = _paid(account)
    begun = account.gateway.refund(_refund(reference))
    assert begun.provider_id
    account.end_refund(begun.provider_id, "processed")
    raw, headers = account.refund_notice(begun.provider_id)
    event = account.gateway.read_webhook(raw, headers)
    assert (event.kind, event.reference, event.mode, event.dispute) == ("refund", reference, "test", None)
    assert event.refund is not None
    assert (event.refund.state, event.refund.provider_id) == ("processed", begun.provider_id)
    assert (event.refund.amount_minor, event.refund.currency) == (5_000, "NGN")
    assert account.gateway.find_refund(event.reference, event.refund.provider_id, "").state == "processed"
    assert account.gateway.read_webhook(raw, headers).dedupe_key == event.dedupe_key


def test_a_refund_nobody_made_is_unknown(account: Account) -> None:
    reference = _paid(account)
    account.gateway.refund(_refund(reference))
    ours = NOTE.removeprefix("Duely refund ")
    assert account.gateway.find_refund(reference, None, ours).state != "unknown"
    for note in ("", ours[:-1], ours[1:], ours[:8], ours[:8] + "x", "01938f2e-7b1c-7c3d-9a54-000000000000"):
        assert account.gateway.find_refund(reference, None, note).state == "unknown"
    for number in ("7", "9" * 40, "../balance", "x", "-1"):
        assert account.gateway.find_refund(reference, number, "another").state == "unknown"
    assert account.gateway.find_refund(_paid(account), None, NOTE).state == "unknown"
    assert account.elsewhere.find_refund(reference, None, NOTE).state == "unknown"


def test_a_payment_is_given_back_in_parts_but_never_more_than_it_was(account: Account) -> None:
    reference = _paid(account)
    parts = [account.gateway.refund(_refund(reference, PRICE // 2, f"part-{number}")) for number in (1, 2)]
    with pytest.raises(GatewayRefused) as caught:
        account.gateway.refund(_refund(reference, 100, "part-3"))
    assert caught.value.permanent
    assert account.gateway.find_refund(reference, None, "part-2").provider_id == parts[1].provider_id
    assert sorted(one.note for one in account.gateway.refunds(reference)) == ["part-1", "part-2"]
    for part in parts:
        assert part.provider_id
        account.end_refund(part.provider_id, "processed")
    assert account.gateway.verify(reference).state == "failed", "nothing of it stays with us"


def test_refunds_asked_for_at_once_never_give_back_more_than_was_paid(account: Account) -> None:
    reference = _paid(account)

    def ask(number: int) -> bool:
        for _ in range(400):
            try:
                return bool(account.gateway.refund(_refund(reference, PRICE // 4, f"part-{number}")).provider_id)
            except GatewayRefused:
                return False
            except GatewayBusy:
                time.sleep(0.01)
        raise AssertionError("the gateway stayed busy")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 4
    assert sum(one.amount_minor or 0 for one in account.gateway.refunds(reference)) == PRICE


def test_a_failed_refund_can_be_made_again_and_the_standing_one_is_found(account: Account) -> None:
    reference = _paid(account)
    first = account.gateway.refund(_refund(reference, ENDING_IN["failed"]))
    assert first.provider_id
    account.end_refund(first.provider_id, "failed")
    second = account.gateway.refund(_refund(reference, PRICE))
    assert account.gateway.find_refund(reference, None, NOTE).provider_id == second.provider_id


@pytest.mark.parametrize(
    "change",
    [
        {"payment_reference": "a" * 26},
        {"amount": Money(0, "NGN")},
        {"amount": Money(-5, "NGN")},
        {"amount": Money(5_000, "USD")},
        {"amount": Money(PRICE + 1, "NGN")},
    ],
)
def test_a_refund_that_makes_no_sense_is_refused_and_leaves_nothing(account: Account, change: dict[str, Any]) -> None:
    reference = _paid(account)
    with pytest.raises(GatewayRefused) as caught:
        account.gateway.refund(replace(_refund(reference), **change))
    assert caught.value.permanent
    assert account.gateway.refunds(reference) == ()


def test_what_was_not_paid_and_what_is_somebody_else_s_cannot_be_given_back(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    with pytest.raises(GatewayRefused):
        account.gateway.refund(_refund(wanted.reference))
    with pytest.raises(GatewayRefused):
        account.elsewhere.refund(_refund(_paid(account)))


def test_a_refund_that_needs_attention_goes_to_a_bank_account(account: Account) -> None:
    reference = _paid(account)
    begun = account.gateway.refund(_refund(reference, ENDING_IN["needs_attention"]))
    assert begun.provider_id
    account.end_refund(begun.provider_id, "needs_attention")
    bank = account.gateway.banks("NGN")[0]
    assert bank.name
    customer = BankAccount("NGN", "0123456789", bank.bank_id)
    assert "0123456789" not in repr(customer)
    again = account.gateway.retry_refund(begun.provider_id, customer)
    assert again.state in ("pending", "processing")
    assert again.provider_id == begun.provider_id
    account.end_refund(begun.provider_id, "processed")
    assert account.gateway.find_refund(reference, begun.provider_id, NOTE).state == "processed"
    with pytest.raises(GatewayError) as caught:
        account.gateway.retry_refund(begun.provider_id, customer)
    assert caught.value.permanent


# --- disputes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [True, False])
def test_a_dispute_is_told_with_its_deadline_and_its_end(account: Account, lost: bool) -> None:
    reference = _paid(account)
    number = account.dispute(reference)
    event = account.gateway.read_webhook(*account.dispute_notice(number))
    assert (event.kind, event.reference, event.refund) == ("dispute", reference, None)
    for told in (event.dispute, account.gateway.find_dispute(number)):
        assert told is not None
        assert (told.state, told.provider_id, told.payment_reference) == ("awaiting_us", number, reference)
        assert (told.amount_minor, told.currency, told.resolution, told.lost) == (PRICE, "NGN", None, False)
        assert told.due_at is not None
        assert told.due_at.tzinfo is UTC
        assert told.category
    account.decide(number, lost)
    decided = account.gateway.read_webhook(*account.dispute_notice(number))
    assert decided.dedupe_key != event.dedupe_key
    for told in (decided.dispute, account.gateway.find_dispute(number)):
        assert told is not None
        assert (told.state, told.resolution, told.lost) == ("resolved", "accepted" if lost else "declined", lost)
    assert account.gateway.disputes_page(reference).startswith("https://")
    assert account.gateway.verify(reference).state == ("failed" if lost else "succeeded")


@pytest.mark.parametrize("number", ["1", "999999", "9" * 40, "", "x", "../refund"])
def test_a_dispute_nobody_raised_is_unknown(account: Account, number: str) -> None:
    assert account.gateway.find_dispute(number).state == "unknown"


def test_another_business_does_not_see_our_disputes(account: Account) -> None:
    number = account.dispute(_paid(account))
    assert account.elsewhere.find_dispute(number).state == "unknown"
