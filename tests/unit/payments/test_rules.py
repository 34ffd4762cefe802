"""What a gateway's answer means, and where the money goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.gateways.base import Verification
from app.payments.gateways.paystack import Paystack
from app.payments.rules import (
    ALPHABET,
    RETRY_AFTER,
    AttemptFacts,
    allocate,
    decide,
    is_our_reference,
    new_reference,
)

ATTEMPT = AttemptFacts("a" * 26, 100_000, "NGN", "test")
PAID = Verification("succeeded", "a" * 26, 100_000, "NGN", "test")


@pytest.mark.parametrize(
    "changes, kind, amount, flags",
    [
        ({}, "post", 100_000, ()),
        ({"amount_minor": 100}, "post", 100, ("less",)),
        ({"amount_minor": 99_999}, "post", 99_999, ("less",)),
        ({"amount_minor": 100_001}, "post", 100_001, ("more",)),
        ({"currency": "VND"}, "quarantine", 100_000, ("currency",)),
        ({"currency": "USD", "amount_minor": 100}, "quarantine", 100, ("currency",)),
        ({"mode": "live"}, "quarantine", 100_000, ("mode",)),
        ({"reference": "b" * 26}, "quarantine", 100_000, ("reference",)),
        ({"reference": ATTEMPT.reference.upper()}, "quarantine", 100_000, ("reference",)),
        (
            {"reference": "x", "currency": "USD", "mode": "live"},
            "quarantine",
            100_000,
            ("reference", "currency", "mode"),
        ),
        ({"amount_minor": None}, "wait", 0, ()),
        ({"amount_minor": 0}, "wait", 0, ()),
        ({"amount_minor": -5}, "wait", 0, ()),
        ({"currency": None}, "wait", 0, ()),
        ({"mode": None}, "wait", 0, ()),
        ({"reference": None}, "wait", 0, ()),
        ({"state": "pending"}, "wait", 0, ()),
        ({"state": "abandoned"}, "wait", 0, ()),
        ({"state": "unknown"}, "wait", 0, ()),
        ({"state": "something new"}, "wait", 0, ()),
        ({"state": "pending", "currency": "VND"}, "wait", 0, ()),
        ({"state": "failed"}, "fail", 0, ()),
        ({"state": "failed", "amount_minor": None, "reference": None}, "fail", 0, ()),
        ({"state": "failed", "reference": "b" * 26}, "wait", 0, ()),
    ],
)
def test_an_answer_is_held_against_the_attempt(
    changes: dict[str, Any], kind: str, amount: int, flags: tuple[str, ...]
) -> None:
    decision = decide(ATTEMPT, replace(PAID, **changes))
    assert (decision.kind, decision.amount_minor, decision.flags) == (kind, amount, flags)


def test_a_live_account_takes_only_live_money() -> None:
    live = replace(ATTEMPT, mode="live")
    assert decide(live, replace(PAID, mode="live")).kind == "post"
    assert decide(live, PAID).kind == "quarantine"


def test_everything_but_a_plain_success_says_why() -> None:
    unclear = [replace(PAID, state="failed"), replace(PAID, state="unknown"), replace(PAID, mode="live")]
    assert all(decide(ATTEMPT, answer).reason.endswith(".") for answer in unclear)


@given(
    st.builds(
        Verification,
        state=st.sampled_from(["succeeded", "failed", "pending", "abandoned", "unknown"]),
        reference=st.sampled_from([None, "a" * 26, "b" * 26]),
        amount_minor=st.none() | st.integers(-1, 200_000),
        currency=st.sampled_from([None, "NGN", "USD"]),
        mode=st.sampled_from([None, "test", "live"]),
    )
)
def test_money_is_posted_only_for_a_success_with_our_reference_currency_and_mode(answer: Verification) -> None:
    decision = decide(ATTEMPT, answer)
    ours = (answer.state, answer.reference, answer.currency, answer.mode) == ("succeeded", "a" * 26, "NGN", "test")
    came = answer.amount_minor is not None and answer.amount_minor > 0
    assert (decision.kind == "post") == (ours and came)
    if decision.kind == "post":
        assert decision.amount_minor == answer.amount_minor


@pytest.mark.parametrize(
    "amount, balance, expected",
    [
        (500, 500, (500, 0)),
        (200, 500, (200, 0)),
        (700, 500, (500, 200)),
        (500, 0, (0, 500)),
        (500, -100, (0, 500)),
        (1, 10**15, (1, 0)),
    ],
)
def test_a_payment_settles_the_balance_and_the_rest_is_credit(
    amount: int, balance: int, expected: tuple[int, int]
) -> None:
    assert allocate(amount, balance) == expected


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_never_zero_or_negative(amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        allocate(amount, 500)


def test_references_are_long_random_and_made_of_letters_and_digits() -> None:
    references = {new_reference() for _ in range(1000)}
    assert len(references) == 1000
    assert {len(reference) for reference in references} == {26}
    assert set("".join(references)) == set(ALPHABET)
    assert ALPHABET.isalnum()
    assert ALPHABET.isascii()
    assert all(is_our_reference(reference) for reference in references)


@pytest.mark.parametrize(
    "text",
    ["", "a" * 25, "a" * 27, "A" * 26, "a" * 25 + "1", "a" * 26 + "\n", "a" * 25 + "é", "INV-2026-0001", None, 26, []],
)
def test_other_text_is_not_our_reference(text: object) -> None:
    assert not is_our_reference(text)


def test_an_unclear_answer_is_asked_for_again_soon_then_daily() -> None:
    day = 86_400
    assert list(RETRY_AFTER) == [30, 300, 3600, day, day, day, day, day]


@pytest.mark.parametrize(
    "key", ["", "pk_test_abc", "sk_test_", "sk_demo_abc", "SK_TEST_abc", "sk_test_a b", "sk_test_abc\n", " sk_test_abc"]
)
def test_a_text_that_is_no_secret_key_is_refused_before_anybody_is_called(key: str) -> None:
    with pytest.raises(Exception, match="begins with sk_test_ or sk_live_") as caught:
        Paystack(key)
    assert getattr(caught.value, "permanent", False)
