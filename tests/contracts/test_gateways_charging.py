"""Charging a card again without the customer: the same cases for the demo bank and for Paystack."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.money import Money
from app.payments.gateways.cards import ChargeRequest, SavedAuthorization
from app.payments.gateways.errors import (
    AlreadyStarted,
    AuthorizationRefused,
    ChargeDeferred,
    GatewayRefused,
)
from app.payments.rules import AttemptFacts, decide, new_reference
from tests.contracts.gateway_accounts import EMAIL, Account, checkout


def _kept(account: Account, again: str = "good") -> SavedAuthorization:
    """A card that a customer allowed us to charge again."""
    wanted = replace(checkout(), reusable=True)
    account.gateway.start(wanted)
    account.keep_card(wanted.reference, again)
    authorization = account.gateway.verify(wanted.reference).authorization
    assert authorization is not None
    return authorization


def _charge(saved: SavedAuthorization, **changes: Any) -> ChargeRequest:
    request = ChargeRequest(new_reference(), Money(750_000, "NGN"), saved.code, saved.email, {"invoice": "INV-7"})
    return replace(request, **changes)


def test_a_kept_card_is_charged_again_and_what_it_paid_can_be_booked(account: Account) -> None:
    saved = _kept(account)
    wanted = _charge(saved)
    charged = account.gateway.charge(wanted)
    assert (charged.state, charged.reference, charged.amount_minor) == ("succeeded", wanted.reference, 750_000)
    assert charged.paid_at is not None
    assert charged.paid_at.tzinfo is UTC
    for answer in (charged, account.gateway.verify(wanted.reference)):
        decision = decide(AttemptFacts(wanted.reference, 750_000, "NGN", account.gateway.mode), answer)
        assert (decision.kind, decision.amount_minor, decision.flags) == ("post", 750_000, ())


def test_what_is_kept_says_which_card_it_is_and_shows_no_secret(account: Account) -> None:
    wanted = replace(checkout(), reusable=True)
    account.gateway.start(wanted)
    account.keep_card(wanted.reference, "good")
    answer = account.gateway.verify(wanted.reference)
    saved = answer.authorization
    assert saved is not None
    assert saved.reusable is True
    assert (saved.email, saved.last4, saved.exp_month) == (EMAIL, "4081", 12)
    assert saved.exp_year is not None
    assert saved.exp_year >= 2030
    assert saved.brand
    assert saved.signature
    for shown in (repr(saved), repr(_charge(saved)), str(dict(answer.raw))):
        assert saved.code not in shown
        assert EMAIL not in shown
        assert saved.signature not in shown
    assert saved.code not in repr(answer)


def test_a_declined_card_is_an_answer_and_not_an_error(account: Account) -> None:
    wanted = _charge(_kept(account, "declined"))
    assert account.gateway.charge(wanted).state == "failed"
    answer = account.gateway.verify(wanted.reference)
    attempt = AttemptFacts(wanted.reference, 750_000, "NGN", account.gateway.mode)
    assert decide(attempt, answer).kind == "fail"


def test_a_bank_that_wants_to_see_the_customer_pauses_the_charge(account: Account) -> None:
    wanted = _charge(_kept(account, "asks"))
    answer = account.gateway.charge(wanted)
    assert (answer.state, answer.reference) == ("paused", wanted.reference)
    parts = urlsplit(answer.next_url or "")
    assert f"{parts.scheme}://{parts.netloc}" in account.gateway.checkout_origins
    attempt = AttemptFacts(wanted.reference, 750_000, "NGN", account.gateway.mode)
    assert decide(attempt, answer).kind == "wait"
    assert decide(attempt, account.gateway.verify(wanted.reference)).kind == "wait"
    account.confirm(wanted.reference)
    assert decide(attempt, account.gateway.verify(wanted.reference)).kind == "post"


def test_a_card_that_failed_too_often_is_to_be_tried_later(account: Account) -> None:
    wanted = _charge(_kept(account, "tired"))
    with pytest.raises(ChargeDeferred) as caught:
        account.gateway.charge(wanted)
    assert not caught.value.permanent
    assert caught.value.wait is not None
    assert caught.value.wait.total_seconds() >= 60
    assert account.gateway.verify(wanted.reference).state == "unknown"


def test_a_card_that_may_not_be_charged_needs_the_customer(account: Account) -> None:
    saved, gone = _kept(account), _kept(account)
    account.gateway.deactivate(gone.code)
    for request in (
        _charge(saved, email="somebody@else.example"),
        _charge(saved, email=saved.email.upper()),
        _charge(saved, authorization_code="AUTH_neverseen"),
        _charge(gone),
    ):
        with pytest.raises(AuthorizationRefused) as caught:
            account.gateway.charge(request)
        assert caught.value.permanent
        assert request.authorization_code not in str(caught.value)
        assert account.gateway.verify(request.reference).state == "unknown"
    with pytest.raises(AuthorizationRefused):
        account.elsewhere.charge(_charge(saved))
    assert account.gateway.charge(_charge(saved)).state == "succeeded"


def test_a_card_may_be_forgotten_twice_and_one_of_somebody_else_stays(account: Account) -> None:
    saved = _kept(account)
    account.elsewhere.deactivate(saved.code)
    assert account.gateway.charge(_charge(saved)).state == "succeeded"
    account.gateway.deactivate(saved.code)
    account.gateway.deactivate(saved.code)
    with pytest.raises(AuthorizationRefused):
        account.gateway.charge(_charge(saved))


def test_one_reference_is_charged_once(account: Account) -> None:
    wanted = _charge(_kept(account))
    account.gateway.charge(wanted)
    with pytest.raises(AlreadyStarted) as caught:
        account.gateway.charge(wanted)
    assert caught.value.verification.state == "succeeded"
    assert not caught.value.permanent


def test_a_charge_below_the_minimum_or_in_a_strange_currency_is_refused(account: Account) -> None:
    saved = _kept(account)
    for amount in (Money(0, "NGN"), Money(-750_000, "NGN"), Money(750_000, "XAU")):
        with pytest.raises(GatewayRefused):
            account.gateway.charge(_charge(saved, amount=amount))
