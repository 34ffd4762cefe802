"""What events tell: every type has its list of facts and something that a token has to be good for."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.auth.rules import SCOPES
from app.hooks.rules import EVENTS, FACTS, READS, TYPES, told, type_of, unread


def test_every_type_says_what_it_tells_and_what_one_has_to_be_allowed_to_read():
    assert set(FACTS) == set(EVENTS)
    assert set(TYPES.values()) | {"invoice.paid"} == set(EVENTS)
    assert {type.partition(".")[0] for type in EVENTS} == set(READS)
    assert set(READS.values()) <= set(SCOPES)


@pytest.mark.parametrize("type", sorted(EVENTS))
def test_the_guide_lists_every_type_and_fact(type):
    guide = Path("docs/api/webhooks.md").read_text()
    assert f"`{type}`" in guide
    assert [name for name in FACTS[type] if f"`{name}`" not in guide] == []


@pytest.mark.parametrize("type", sorted(EVENTS))
def test_words_of_staff_are_never_told(type):
    words = {"reason": "a secret", "note": "a secret", "notes": "a secret", "what": "a secret", "tags": ["a secret"]}
    assert "a secret" not in str(told(type, words))


def test_amounts_are_written_as_the_api_writes_them():
    facts = {"amount_minor": 10_000, "taken_minor": 2_500, "currency": "KWD", "number": "INV-1"}
    assert told("payment.recorded", facts) == {
        "number": "INV-1",
        "amount": {"amount": "10.000", "minor": 10_000, "currency": "KWD"},
        "taken": {"amount": "2.500", "minor": 2_500, "currency": "KWD"},
    }


@pytest.mark.parametrize(
    "facts",
    [{}, {"amount_minor": 1}, {"amount_minor": 1, "currency": "ZZZ"}, {"amount_minor": 10**19, "currency": "NGN"}],
)
def test_an_amount_that_is_none_is_left_out(facts):
    assert told("payment.disputed", facts) == {}


def test_a_refund_is_told_when_it_is_done():
    assert type_of("payment", "refunded", {"state": "new"}) is None
    assert type_of("payment", "refunded", {"state": "done"}) == "payment.refunded"
    assert type_of("payment", "refund_done", {"state": "done"}) == "payment.refunded"
    assert type_of("invoice", "refunded", {}) is None


def test_what_may_not_be_read_is_named():
    assert unread(["invoice.paid", "payment.failed"], {"invoices:read"}) == ["payment.failed"]
    assert unread([], {"invoices:read", "payments:read", "clients:read", "billing:read"}) == []
    assert len(unread([], set())) == len(EVENTS)
