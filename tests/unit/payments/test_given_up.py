"""When a charge of a saved card is over for good, and what its owner is told."""

from __future__ import annotations

import pytest

from app.messages.wordings import phrase
from app.payments.rules import (
    CHARGE_DAYS,
    DECLINED,
    NEVER_ASKED,
    NOT_CONFIRMED,
    card_trouble,
    charge_given_up,
)


@pytest.mark.parametrize(
    "state, step, over",
    [
        ("failed", None, True),
        ("failed", len(CHARGE_DAYS) - 1, True),
        ("failed", 0, False),
        ("failed", 1, False),
        ("refused", 0, True),
        ("refused", None, True),
        ("paused", None, False),
        ("started", 2, False),
        ("paid", None, False),
        ("unclear", 2, False),
    ],
)
def test_a_charge_is_given_up_when_no_other_follows_by_itself(state, step, over):
    assert charge_given_up(state, step) is over


@pytest.mark.parametrize(
    "state, reason, words",
    [
        ("paused", "", "Your bank wants you to confirm"),
        ("failed", DECLINED, "Your bank can tell you why"),
        ("failed", NEVER_ASKED, "could not be reached"),
        ("refused", NOT_CONFIRMED, "not confirmed at the bank"),
        ("refused", "The customer has to pay once more before it can be charged.", "did not accept this card"),
        ("failed", "The key of this account is wrong.", "The payment did not go through."),
    ],
)
def test_the_owner_of_the_card_reads_why_and_nothing_meant_for_staff(state, reason, words):
    told = phrase(card_trouble(state, reason), "en")
    assert words in told
    assert not reason or reason not in told
