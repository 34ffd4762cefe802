"""Our Paystack client: the units, the answers that lie about their types, and the days when Paystack is ill."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.payments.gateways.base import Verification
from app.payments.gateways.calls import Limits
from app.payments.gateways.errors import (
    AlreadyStarted,
    BadSignature,
    GatewayBusy,
    GatewayError,
    GatewayRefused,
    GatewayTimeout,
)
from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import LIVE_KEY, TEST_KEY, FakePaystack
from tests.contracts.gateway_accounts import HURRIED, body, checkout

# --- units ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "currency, minor, subunits, minimum",
    [
        ("NGN", 500_000, 500_000, 5000),
        ("USD", 1999, 1999, 200),
        ("GHS", 10, 10, 10),
        ("ZAR", 100, 100, 100),
        ("KES", 300, 300, 300),
        ("XOF", 1500, 150_000, 1),
    ],
)
def test_every_currency_is_sent_and_read_in_hundredths(
    fake: FakePaystack, paystack: Paystack, currency: str, minor: int, subunits: int, minimum: int
) -> None:
    wanted = checkout(minor=minor, currency=currency)
    paystack.start(wanted)
    assert fake.journal[-1].body["amount"] == subunits
    fake.finish(wanted.reference, "success", fees=100)
    answer = paystack.verify(wanted.reference)
    assert (answer.amount_minor, answer.currency) == (minor, currency)
    assert answer.fees_minor == (1 if currency == "XOF" else 100)
    assert paystack.minimum(currency) == minimum


def test_a_fraction_of_a_currency_without_one_is_ignored(fake: FakePaystack, paystack: Paystack) -> None:
    wanted = checkout(minor=1500, currency="XOF")
    paystack.start(wanted)
    fake.finish(wanted.reference, "success", amount=150_099)
    assert paystack.verify(wanted.reference).amount_minor == 1500


def test_the_smallest_payment_is_named_in_the_refusal(fake: FakePaystack, paystack: Paystack) -> None:
    with pytest.raises(GatewayRefused, match=r"₦50\.00 upwards"):
        paystack.start(checkout(minor=4999))
    assert fake.journal == []


# --- what is sent -----------------------------------------------------------------------------------------------


def test_the_checkout_carries_where_to_return_and_what_it_is_for(fake: FakePaystack, paystack: Paystack) -> None:
    wanted = checkout()
    started = paystack.start(wanted)
    sent = fake.journal[-1].body
    assert sent["reference"] == wanted.reference
    assert sent["callback_url"] == wanted.callback_url
    assert sent["metadata"]["cancel_action"] == wanted.cancel_url
    assert sent["metadata"]["invoice"] == "INV-2026-0415"
    assert sent["metadata"]["custom_fields"][0]["value"] == wanted.description
    assert started.provider_ref
    assert started.url.endswith(started.provider_ref)


def test_the_mode_is_the_key_s_and_the_answer_tells_its_own(fake: FakePaystack) -> None:
    live = Paystack(LIVE_KEY, base_url=fake.base_url)
    assert live.mode == "live"
    wanted = checkout()
    live.start(wanted)
    fake.finish(wanted.reference, "success", key=LIVE_KEY)
    assert live.verify(wanted.reference).mode == "live"


def test_a_netrc_file_does_not_replace_the_key(
    paystack: Paystack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert "test mode" in paystack.test_connection()


def test_a_wrong_key_is_a_lasting_failure_that_says_what_to_check(fake: FakePaystack) -> None:
    stranger = Paystack("sk_test_nobody", base_url=fake.base_url)
    for call in (lambda: stranger.start(checkout()), lambda: stranger.verify("a" * 26), stranger.test_connection):
        with pytest.raises(GatewayError, match="Check the secret key") as caught:
            call()
        assert caught.value.permanent
        assert not isinstance(caught.value, GatewayRefused)
        assert "nobody" not in str(caught.value)


def test_what_paystack_refuses_is_told_in_its_words(paystack: Paystack) -> None:
    with pytest.raises(GatewayRefused, match="Invalid Email Address Passed"):
        paystack.start(replace(checkout(), email="nobody"))


# --- answers that lie about their types -------------------------------------------------------------------------

REFERENCE = "a" * 26


@pytest.mark.parametrize(
    "overrides, expected",
    [
        ({"metadata": 0}, {"state": "succeeded", "amount_minor": 34_400_000}),
        ({"metadata": ""}, {"state": "succeeded"}),
        ({"metadata": None}, {"state": "succeeded"}),
        ({"metadata": "text"}, {"state": "succeeded"}),
        ({"amount": "34400000"}, {"amount_minor": 34_400_000}),
        ({"amount": 34400000.0}, {"amount_minor": 34_400_000}),
        ({"amount": 34400000.5}, {"amount_minor": None}),
        ({"amount": None}, {"amount_minor": None}),
        ({"amount": True}, {"amount_minor": None}),
        ({"amount": -5}, {"amount_minor": None}),
        ({"amount": "٥٠٠٠"}, {"amount_minor": None}),
        ({"amount": 10**30}, {"amount_minor": None}),
        ({"fees": None}, {"fees_minor": None}),
        ({"fees": "15000"}, {"fees_minor": 15_000}),
        ({"currency": None}, {"currency": None, "amount_minor": None}),
        ({"currency": 566}, {"currency": None}),
        ({"domain": None}, {"mode": None}),
        ({"domain": "TEST"}, {"mode": None}),
        ({"status": "Success"}, {"state": "unknown"}),
        ({"status": True}, {"state": "unknown"}),
        ({"status": ["success"]}, {"state": "unknown"}),
        ({"status": "ongoing"}, {"state": "pending"}),
        ({"status": "processing"}, {"state": "pending"}),
        ({"status": "queued"}, {"state": "pending"}),
        ({"status": "pending"}, {"state": "pending"}),
        ({"status": "abandoned"}, {"state": "abandoned"}),
        ({"status": "reversed"}, {"state": "failed"}),
        ({"id": None}, {"provider_id": None}),
        ({"id": "302961"}, {"provider_id": "302961"}),
        ({"paid_at": None}, {"paid_at": "2026-11-20T09:30:15+00:00"}),
        ({"paid_at": "2026-11-20T10:30:15+01:00"}, {"paid_at": "2026-11-20T09:30:15+00:00"}),
        ({"paid_at": "yesterday", "paidAt": 7}, {"paid_at": None}),
        ({"customer": None}, {"payer_email": None}),
        ({"authorization": []}, {"state": "succeeded"}),
        ({"reference": "somebody-else"}, {"reference": "somebody-else"}),
    ],
)
def test_verify_reads_what_it_can_and_leaves_open_what_it_cannot(
    fake: FakePaystack, paystack: Paystack, overrides: dict[str, Any], expected: dict[str, Any]
) -> None:
    paystack.start(checkout(REFERENCE))
    fake.finish(REFERENCE, "success", **overrides)
    answer: Verification = paystack.verify(REFERENCE)
    for name, value in expected.items():
        found = getattr(answer, name)
        assert (found.isoformat() if name == "paid_at" and found else found) == value


# --- bad days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    ["hang", "500", "503-html", "429", "bad-json", "null", "redirect", "drip", "drip-headers", "huge"],
)
def test_an_ill_paystack_is_asked_again_later_and_holds_nobody(
    fake: FakePaystack, paystack: Paystack, hurried: Paystack, failure: str
) -> None:
    for call in (lambda: hurried.start(checkout()), lambda: hurried.verify(REFERENCE), hurried.test_connection):
        fake.fail_next(failure)
        began = time.monotonic()
        with pytest.raises(GatewayError) as caught:
            call()
        assert not caught.value.permanent
        assert not isinstance(caught.value, GatewayRefused)
        assert time.monotonic() - began < 20
        assert TEST_KEY not in str(caught.value)
        fake.released.set()  # lets the server's thread go, and with it our slot
        time.sleep(0.1)
        fake.released.clear()
    assert len(fake.journal) == 3  # nothing was repeated, no redirect followed
    assert paystack.test_connection()


@pytest.mark.parametrize("failure", ["hang", "drip", "drip-headers"])
def test_no_answer_in_time_is_a_timeout(fake: FakePaystack, hurried: Paystack, failure: str) -> None:
    fake.fail_next(failure)
    with pytest.raises(GatewayTimeout):
        hurried.verify(REFERENCE)


def test_a_closed_door_is_a_timeout() -> None:
    with pytest.raises(GatewayTimeout):
        Paystack(TEST_KEY, base_url="http://127.0.0.1:9", limits=HURRIED).verify(REFERENCE)


def test_a_success_that_is_not_literally_true_starts_nothing(fake: FakePaystack, paystack: Paystack) -> None:
    fake.fail_next("not-true")
    with pytest.raises(GatewayRefused, match="Merchant is not active"):
        paystack.start(checkout())
    fake.fail_next("not-true")
    with pytest.raises(GatewayError) as caught:
        paystack.verify(REFERENCE)
    assert not caught.value.permanent


def test_a_start_that_timed_out_is_found_by_its_reference(
    fake: FakePaystack, paystack: Paystack, hurried: Paystack
) -> None:
    wanted = checkout()
    fake.fail_next("accept-and-hang")
    with pytest.raises(GatewayTimeout):
        hurried.start(wanted)
    assert paystack.verify(wanted.reference).state == "abandoned"
    with pytest.raises(AlreadyStarted) as caught:
        paystack.start(wanted)
    assert caught.value.verification.state == "abandoned"
    assert len(fake.transactions) == 1


def test_at_most_two_calls_run_at_once_and_the_third_is_told_so_at_once(fake: FakePaystack) -> None:
    limits = Limits(connect=1, read=5, total=8, wait=0.05)
    accounts = [Paystack(key, base_url=fake.base_url, limits=limits) for key in (TEST_KEY, LIVE_KEY) * 3]
    fake.fail_next("accept-and-hang", "accept-and-hang")
    results: list[object] = []

    def ask(account: Paystack) -> None:
        try:
            account.verify(REFERENCE)
        except GatewayError as error:
            results.append(type(error))

    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(ask, account) for account in accounts]
        deadline = time.monotonic() + 5
        while len(results) < 4 and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        assert results == [GatewayBusy] * 4
        fake.released.set()
        for future in waiting:
            future.result()
    assert fake.most_at_once == 2
    assert accounts[0].test_connection()


# --- notices ----------------------------------------------------------------------------------------------------

VECTORS = [
    (
        '{"event":"charge.success","data":{"id":302961,"domain":"test","status":"success","reference":"INV-2026-0001",'
        '"amount":1000000,"currency":"NGN","metadata":{"invoice_id":"7"}}}',
        "73fd25ea5800ec1873584c1797c9762bb05ef46f84ff653e9fe1190cee75a080"
        "9d6137aeaa5e6c01fb8ef815127f54b28e9027ff91b632b01fdce0bb91f6d1db",
        "INV-2026-0001",
    ),
    (
        '{"event":"charge.success","data":{"reference":"INV-2","url":"https:\\/\\/x","name":"Adé"}}',
        "32fbc18595d7cb17d72cecf9e536faca28399fa4e3be5eec41bf0f3dd0f010b3"
        "b7486fa7aaa6720a9d043100b077e60c83c8318dde50d6efe4d5a399016546f3",
        "INV-2",
    ),
]


@pytest.mark.parametrize("text, signature, reference", VECTORS)
def test_signatures_are_made_over_the_bytes_as_they_came(text: str, signature: str, reference: str) -> None:
    account = Paystack(TEST_KEY)
    assert account.read_webhook(text.encode(), {"x-paystack-signature": signature}).reference == reference
    again = json.dumps(json.loads(text)).encode()
    with pytest.raises(BadSignature):
        account.read_webhook(again, {"x-paystack-signature": signature})


@pytest.mark.parametrize(
    "event, data, kind, reference, key",
    [
        ("charge.success", {"id": 1, "reference": "r"}, "payment", "r", "charge.success:1"),
        ("charge.success", {"id": "1", "reference": "r"}, "payment", "r", "charge.success:1"),
        ("charge.success", {"reference": "r"}, "payment", "r", "charge.success:r"),
        (
            "refund.processed",
            {"transaction_reference": "r", "refund_reference": "f", "amount": "100"},
            "refund",
            "r",
            "refund.processed:r+f",
        ),
        ("refund.pending", {"id": 9, "transaction": {"reference": "r"}}, "refund", "r", "refund.pending:9"),
        (
            "charge.dispute.create",
            {"id": 5, "transaction": {"reference": "r"}, "dueAt": "2026-12-01"},
            "dispute",
            "r",
            "charge.dispute.create:5",
        ),
        ("subscription.expiring_cards", [{"subscription": {}}], "other", None, None),
        ("transfer.success", {"id": 3, "reference": "r"}, "other", None, "transfer.success:3"),
        ("paymentrequest.success", {"id": 4}, "other", None, "paymentrequest.success:4"),
        ("charge.success", {"id": True, "reference": None}, "payment", None, None),
        (None, {"id": 1}, "other", None, None),
    ],
)
def test_events_are_told_apart_by_kind_reference_and_key(
    event: Any, data: Any, kind: str, reference: str | None, key: str | None
) -> None:
    raw = body(event, data)
    read = Paystack(TEST_KEY).read_webhook(raw, FakePaystack.sign(raw))
    assert (read.kind, read.reference) == (kind, reference)
    assert read.dedupe_key == key if key else read.dedupe_key.startswith("sha256:")


def test_two_part_refunds_that_name_only_their_payment_are_two_events() -> None:
    account, keys = Paystack(TEST_KEY), []
    for amount in ("5000", "7000", "5000"):
        raw = body("refund.pending", {"transaction_reference": "r", "amount": amount})
        keys.append(account.read_webhook(raw, FakePaystack.sign(raw)).dedupe_key)
    first, second, first_again = keys
    assert first == first_again != second
