"""What every payment gateway does. The same cases for the demo bank and for Paystack."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import asdict
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.payments.gateways.errors import AlreadyStarted, BadSignature, GatewayRefused
from app.payments.rules import AttemptFacts, decide, new_reference
from tests.contracts.fake_paystack import TEST_KEY
from tests.contracts.gateway_accounts import Account, body, checkout


def test_it_says_who_it_is_and_where_customers_are_sent(account: Account) -> None:
    gateway = account.gateway
    started = gateway.start(checkout())
    address = urlsplit(started.url)
    assert f"{address.scheme}://{address.netloc}" in gateway.checkout_origins
    assert gateway.name.isidentifier()
    assert gateway.title
    assert gateway.mode == "test"
    assert gateway.test_connection().endswith(".")


def test_a_checkout_nobody_has_visited_is_neither_paid_nor_failed(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    answer = account.gateway.verify(wanted.reference)
    assert answer.state in ("pending", "abandoned")
    assert answer.paid_at is None


@pytest.mark.parametrize(
    "outcome, state, amount, kind, flags",
    [
        ("succeed", "succeeded", 34_400_000, "post", ()),
        ("less", "succeeded", 17_200_000, "post", ("less",)),
        ("more", "succeeded", 37_840_000, "post", ("more",)),
        ("fail", "failed", None, "fail", ()),
        ("abandon", "abandoned", None, "wait", ()),
    ],
)
def test_verify_tells_what_really_happened(
    account: Account, outcome: str, state: str, amount: int | None, kind: str, flags: tuple[str, ...]
) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, outcome)
    answer = account.gateway.verify(wanted.reference)
    assert (answer.state, answer.reference, answer.currency) == (state, wanted.reference, "NGN")
    assert answer.mode == "test"
    attempt = AttemptFacts(wanted.reference, wanted.amount.minor, "NGN", account.gateway.mode)
    decision = decide(attempt, answer)
    assert (decision.kind, decision.flags) == (kind, flags)
    if amount is not None:
        assert answer.amount_minor == amount == decision.amount_minor
        assert answer.paid_at is not None
        assert answer.paid_at.tzinfo is UTC
        assert answer.payer_email == wanted.email
        assert answer.provider_id
        assert answer.channel


def test_an_abandoned_checkout_can_still_be_paid(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, "abandon")
    account.end(wanted.reference, "succeed")
    assert account.gateway.verify(wanted.reference).state == "succeeded"


@pytest.mark.parametrize("reference", ["a" * 26, "", ".", "..", "../balance", "a/b", "a?b=c", "a b", "é", "x" * 5000])
def test_a_reference_it_never_saw_is_unknown(account: Account, reference: str) -> None:
    assert account.gateway.verify(reference).state == "unknown"


def test_another_business_does_not_see_our_payments(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, "succeed")
    assert account.elsewhere.verify(wanted.reference).state == "unknown"


def test_starting_twice_with_one_reference_tells_what_became_of_the_first(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, "succeed")
    with pytest.raises(AlreadyStarted) as caught:
        account.gateway.start(wanted)
    assert caught.value.verification.state == "succeeded"
    assert not caught.value.permanent


def test_a_payment_below_the_minimum_or_in_a_strange_currency_is_refused_with_a_reason(account: Account) -> None:
    gateway = account.gateway
    assert gateway.start(checkout(minor=gateway.minimum("NGN"))).url
    for refused in (checkout(minor=gateway.minimum("NGN") - 1), checkout(currency="XAU")):
        with pytest.raises(GatewayRefused) as caught:
            gateway.start(refused)
        assert caught.value.permanent
        assert caught.value.reason.endswith(".")
    with pytest.raises(GatewayRefused, match="XAU"):
        gateway.minimum("XAU")


# --- notices ----------------------------------------------------------------------------------------------------


def test_a_genuine_notice_names_the_payment(account: Account) -> None:
    wanted = checkout()
    account.gateway.start(wanted)
    account.end(wanted.reference, "succeed")
    event = account.gateway.read_webhook(*account.notice(wanted.reference))
    assert (event.kind, event.reference, event.mode) == ("payment", wanted.reference, "test")
    assert account.gateway.read_webhook(*account.notice(wanted.reference)).dedupe_key == event.dedupe_key


def test_notices_about_two_payments_are_two_events(account: Account) -> None:
    keys = set()
    for wanted in (checkout(), checkout()):
        account.gateway.start(wanted)
        account.end(wanted.reference, "succeed")
        keys.add(account.gateway.read_webhook(*account.notice(wanted.reference)).dedupe_key)
    assert len(keys) == 2


def _forgeries(account: Account) -> list[tuple[str, bytes, dict[str, str]]]:
    raw = body("charge.success", {"id": 1, "reference": "a" * 26, "amount": 100})
    good = account.sign(raw)[next(iter(account.sign(raw)))]
    header = account.header
    return [
        ("missing", raw, {}),
        ("empty", raw, {header: ""}),
        ("upper case", raw, {header: good.upper()}),
        ("another hash", raw, {header: hmac.new(TEST_KEY.encode(), raw, hashlib.sha256).hexdigest()}),
        ("another key", raw, {header: hmac.new(b"sk_test_x", raw, hashlib.sha512).hexdigest()}),
        ("base64 of the right hash", raw, {header: b64encode(bytes.fromhex(good)).decode()}),
        ("cut short", raw, {header: good[:-1]}),
        ("padded", raw, {header: good + " "}),
        ("not ASCII", raw, {header: "é" * 128}),
        ("half a surrogate", raw, {header: "\ud800" * 128}),
        ("changed byte", raw.replace(b"100", b"900"), {header: good}),
        ("added newline", raw + b"\n", {header: good}),
        ("another header", raw, {"x-signature": good}),
    ]


def test_a_forged_notice_is_refused(account: Account) -> None:
    for _what, raw, headers in _forgeries(account):
        with pytest.raises(BadSignature):
            account.gateway.read_webhook(raw, headers)


def test_a_notice_signed_with_another_business_key_is_refused(account: Account) -> None:
    raw = body("charge.success", {"id": 1})
    account.gateway.read_webhook(raw, account.sign(raw))
    with pytest.raises(BadSignature):
        account.elsewhere.read_webhook(raw, account.sign(raw))


def test_the_name_of_the_signature_header_is_read_in_any_case(account: Account) -> None:
    raw = body("something", {})
    (signature,) = account.sign(raw).values()
    for name in (account.header.upper(), account.header.title(), account.header.lower()):
        assert account.gateway.read_webhook(raw, {"Host": "x", name: signature}).kind == "other"


_ODD_EVENTS: list[Any] = [None, 0, "", [], {}, "a" * 5000, "charge.success", "refund.processed", "payment.succeeded"]
_ODD_DATA: list[Any] = [None, 0, "", [], [{"id": 1}], {"id": None, "reference": 7}, {"id": {}, "transaction": "x"}]
STRANGE_BODIES = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"0",
    b'"text"',
    b"{",
    b"NaN",
    b'{"event": NaN}',
    b'{"data": 1e99999999999999999999}',
    b"[" * 100_000,
    b'{"event":"x","data":' + b"9" * 5000 + b"}",
    *(json.dumps({"event": event, "data": data}).encode() for event in _ODD_EVENTS for data in _ODD_DATA),
]


def test_a_signed_notice_with_any_body_is_read_or_set_aside_but_never_an_error(account: Account) -> None:
    for raw in STRANGE_BODIES:
        read = account.gateway.read_webhook(raw, account.sign(raw))
        assert read.reference is None
        assert 0 < len(read.dedupe_key) <= 200
        assert len(read.name) <= 60


_MEMBERS = [
    *("id", "reference", "transaction", "transaction_reference", "domain", "amount", "status", "state", "currency"),
    *("refund_reference", "merchant_note", "note", "reason", "createdAt", "created_at", "refund_amount", "category"),
    *("dueAt", "due_at", "resolution", "resolvedAt", "merchant_transaction_reference"),
]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(_MEMBERS),
            inside,
            max_size=6,
        )
    ),
    max_leaves=10,
)
_events = st.sampled_from(
    [
        *("charge.success", "charge.dispute.create", "charge.dispute.resolve", "refund.failed", "refund.pending"),
        *("subscription.expiring_cards", "payment.succeeded", "refund.processed", "dispute.opened", "dispute.resolved"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(event=_events | _json, data=_json)
def test_what_is_kept_of_a_notice_can_be_stored_on_any_database(account: Account, event: Any, data: Any) -> None:
    raw = body(event, data)
    read = account.gateway.read_webhook(raw, account.sign(raw))
    kept = [read.name, read.dedupe_key, read.reference or "", *(str(value) for value in read.raw.values())]
    for claim in (read.refund, read.dispute):
        kept += [value for value in asdict(claim).values() if isinstance(value, str)] if claim else []
    assert (read.refund is not None) == (read.kind == "refund")
    assert (read.dispute is not None) == (read.kind == "dispute")
    for text in kept:
        assert len(text) <= 200
        assert "\x00" not in text
        text.encode()  # no half surrogates


def test_nothing_secret_is_kept(account: Account) -> None:
    wanted = checkout(new_reference())
    account.gateway.start(wanted)
    account.end(wanted.reference, "succeed")
    kept = json.dumps(dict(account.gateway.verify(wanted.reference).raw))
    for secret in ("AUTH_", "SIG_", "sk_test", wanted.email, "408408"):
        assert secret not in kept
    assert "sk_test" not in repr(account.gateway)
