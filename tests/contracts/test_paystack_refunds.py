"""Refunds and disputes at Paystack: the list that takes no reference, and what is read whatever its types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.payments.gateways.errors import GatewayError, GatewayRefused, GatewayTimeout
from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import TEST_KEY, Card, FakePaystack
from tests.contracts.gateway_accounts import NOTE, body, charge_of, checkout, refund_of


def test_refunds_made_on_the_dashboard_are_seen(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    mine = paystack.refund(refund_of(paid))
    theirs = fake.refund_on_dashboard(paid, 7_000)
    found = {one.provider_id: one for one in paystack.refunds(paid)}
    assert set(found) == {mine.provider_id, str(theirs.id)}
    assert NOTE not in found[str(theirs.id)].note


def test_the_whole_list_is_read_and_only_ours_is_taken(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    paystack.refund(refund_of(paid))
    busy = checkout()
    paystack.start(busy)
    fake.finish(busy.reference, "success")
    for _ in range(230):
        fake.refund_on_dashboard(busy.reference, 100)
    assert paystack.find_refund(paid, None, NOTE).amount_minor == 5_000
    assert [call.query["page"] for call in fake.journal if call.method == "GET" and call.path == "/refund"] == [*"123"]
    assert len(paystack.refunds(busy.reference)) == 230
    assert len(paystack.refunds(paid)) == 1


def test_older_refunds_are_not_read_when_the_day_of_the_payment_is_known(
    fake: FakePaystack, paystack: Paystack, paid: str
) -> None:
    paystack.refund(refund_of(paid))
    made = datetime.now(UTC).replace(microsecond=0)
    assert len(paystack.refunds(paid, since=made)) == 1
    asked = datetime.fromisoformat(fake.journal[-1].query["from"])
    assert made - timedelta(days=2) < asked < made, "a clock that is wrong by hours hides nothing"
    assert paystack.refunds(paid, since=made + timedelta(days=9)) == ()


def test_a_listed_refund_that_names_no_reference_is_matched_by_the_payment_s_number(
    fake: FakePaystack, paystack: Paystack, paid: str
) -> None:
    number = int(paystack.refund(refund_of(paid)).provider_id or 0)
    fake.move_refund(number, "processed", transaction_reference=None)
    assert paystack.find_refund(paid, None, NOTE).state == "processed"
    (listed,) = paystack.refunds(paid)
    assert listed.payment_reference == paid
    other = checkout()
    paystack.start(other)
    assert paystack.refunds(other.reference) == ()


def test_the_refund_of_another_payment_is_not_taken_for_ours(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    number = paystack.refund(refund_of(paid)).provider_id
    with pytest.raises(GatewayError, match="another payment") as caught:
        paystack.find_refund("a" * 26, number, NOTE)
    assert caught.value.permanent


def test_no_bank_is_offered_for_a_currency_that_has_none(fake: FakePaystack, paystack: Paystack) -> None:
    assert {bank.bank_id for bank in paystack.banks("NGN")} == {"9", "21"}
    asked = len(fake.journal)
    with pytest.raises(GatewayRefused, match="USD"):
        paystack.banks("USD")
    assert len(fake.journal) == asked


def test_too_little_in_the_balance_is_a_refusal_with_paystack_s_words(
    fake: FakePaystack, paystack: Paystack, paid: str
) -> None:
    fake.balance_is_low = True
    with pytest.raises(GatewayRefused, match="Insufficient balance"):
        paystack.refund(refund_of(paid))


@pytest.mark.parametrize(
    "overrides, expected",
    [
        ({"status": "needs_attention"}, {"state": "needs_attention"}),
        ({"status": "PROCESSED"}, {"state": "processed"}),
        ({"status": "brand-new-word"}, {"state": "pending"}),
        ({"status": None}, {"state": "pending"}),
        ({"amount": "5000"}, {"amount_minor": 5_000}),
        ({"amount": -5}, {"amount_minor": None}),
        ({"amount": 50.5}, {"amount_minor": None}),
        ({"currency": None}, {"currency": None, "amount_minor": None}),
        ({"id": "15581137"}, {"provider_id": "15581137"}),
        ({"merchant_note": None}, {"note": ""}),
        ({"customer": None, "reason": None}, {"state": "pending"}),
        (
            {"createdAt": None, "created_at": "2026-11-20T09:30:15Z"},
            {"created_at": datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)},
        ),
    ],
)
def test_a_refund_is_read_whatever_its_types(
    fake: FakePaystack, paystack: Paystack, paid: str, overrides: dict[str, Any], expected: dict[str, Any]
) -> None:
    number = paystack.refund(refund_of(paid)).provider_id
    fake.move_refund(int(number or 0), "pending", **overrides)
    found = paystack.find_refund(paid, number, NOTE)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    "event, data, expected",
    [
        (
            "refund.pending",
            {"transaction_reference": "r", "amount": "10000", "currency": "NGN"},
            ("pending", None, 10_000),
        ),
        ("refund.needs-attention", {"transaction_reference": "r", "id": 7}, ("needs_attention", "7", None)),
        ("refund.failed", {"transaction_reference": "r", "id": "7", "status": "failed"}, ("failed", "7", None)),
        ("refund.processed", {"transaction": {"reference": "r"}, "status": None}, ("processed", None, None)),
        ("refund.processed", {"transaction_reference": "r", "amount": ["1"], "id": {}}, ("processed", None, None)),
    ],
)
def test_what_a_refund_s_notice_claims(event: str, data: dict[str, Any], expected: tuple[Any, ...]) -> None:
    raw = body(event, data)
    refund = Paystack(TEST_KEY).read_webhook(raw, FakePaystack.sign(raw)).refund
    assert refund is not None
    assert refund.payment_reference == "r"
    assert (refund.state, refund.provider_id, refund.amount_minor) == expected


def test_what_a_dispute_s_notice_claims() -> None:
    for due in (
        {"dueAt": "2026-12-01T22:00:00.000Z"},
        {"due_at": "2026-12-01T23:00:00+01:00"},
        {"dueAt": None, "due_at": "2026-12-01T22:00"},
    ):
        data = {
            "id": "9",
            "refund_amount": "5000",
            "currency": "NGN",
            "transaction": {"reference": "r"},
            "category": None,
        }
        raw = body("charge.dispute.remind", data | {"status": "awaiting-merchant-feedback"} | due)
        dispute = Paystack(TEST_KEY).read_webhook(raw, FakePaystack.sign(raw)).dispute
        assert dispute is not None
        assert (dispute.state, dispute.provider_id, dispute.payment_reference) == ("awaiting_us", "9", "r")
        assert (dispute.amount_minor, dispute.due_at) == (5_000, datetime(2026, 12, 1, 22, tzinfo=UTC))


def test_a_dispute_lost_by_silence_is_lost(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    number = fake.open_dispute(paid).id
    fake.resolve_dispute(number, "auto-accepted")
    dispute = paystack.find_dispute(str(number))
    assert (dispute.resolution, dispute.lost) == ("accepted_by_silence", True)


def test_a_charge_that_hangs_is_a_timeout(fake: FakePaystack, hurried: Paystack, card: Card) -> None:
    fake.fail_next("hang")
    with pytest.raises(GatewayTimeout):
        hurried.charge(charge_of(card))
