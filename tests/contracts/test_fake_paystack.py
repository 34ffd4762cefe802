"""The fake Paystack itself: its journal, its book of money, its notices, and its life as a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.payments.gateways.base import WebhookEvent
from app.payments.gateways.errors import GatewayBusy, GatewayError, GatewayTimeout
from app.payments.gateways.paystack import Paystack
from tests.contracts.fake_paystack import TEST_KEY, Card, FakePaystack, RemotePaystack, start_fake_paystack
from tests.contracts.gateway_accounts import EMAIL, charge_of, checkout, refund_of


class Business:
    """Whoever waits for notices; `answers` are the statuses it gives, 200 once they are used up."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/webhooks/paystack/key/")
        self.answers: list[int] = []
        self.received: list[WebhookEvent] = []
        server.expect_request("/webhooks/paystack/key/", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        event = Paystack(TEST_KEY).read_webhook(request.get_data(), dict(request.headers))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.received.append(event)
        return Response(status=status)


@pytest.fixture
def business(httpserver: HTTPServer, fake: FakePaystack) -> Iterator[Business]:
    waiting = Business(httpserver)
    fake.post.addresses[TEST_KEY] = waiting.url
    yield waiting
    fake.post.close()


# --- the journal and the book of money ----------------------------------------------------------------------------


def test_the_journal_has_every_call_and_no_key(
    fake: FakePaystack, paystack: Paystack, paid: str, tmp_path: Path
) -> None:
    fake.journal.path = tmp_path / "journal.jsonl"
    paystack.refund(refund_of(paid))
    fake.fail_next("500")
    with pytest.raises(GatewayError):
        paystack.verify(paid)
    refunded, failed = fake.journal[-2:]
    assert (refunded.method, refunded.path, refunded.status) == ("POST", "/refund", 200)
    assert refunded.body["transaction"] == paid
    assert refunded.answer["data"]["transaction"]["reference"] == paid
    assert (failed.path, failed.status, failed.failure) == (f"/transaction/verify/{paid}", 500, "500")
    assert refunded.headers["User-Agent"] == "Duely"
    deadline = time.monotonic() + 60
    while fake.journal.path.read_text().count("\n") < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    lines = [json.loads(line) for line in fake.journal.path.read_text().splitlines()]
    assert [line["path"] for line in lines] == ["/refund", f"/transaction/verify/{paid}"]
    assert TEST_KEY not in fake.journal.path.read_text() + repr(list(fake.journal))


def test_the_book_says_what_was_charged_refunded_and_lost_per_reference(
    fake: FakePaystack, paystack: Paystack, card: Card
) -> None:
    again, parts, disputed = charge_of(card), charge_of(card), charge_of(card)
    declined = charge_of(fake.new_card(EMAIL, again="failed"))
    for wanted in (again, declined, parts, disputed):
        paystack.charge(wanted)
    for minor in (5_000, 7_000):
        number = paystack.refund(refund_of(parts.reference, minor)).provider_id
        fake.move_refund(int(number or 0), "processed" if minor == 5_000 else "failed")
    fake.resolve_dispute(fake.open_dispute(disputed.reference).id, "auto-accepted")
    fees = 11_250
    nothing = {"currency": "NGN", "charged": 750_000, "refunded": 0, "fees": fees, "disputed": 0}
    assert fake.books.totals(TEST_KEY) == {
        again.reference: nothing,
        parts.reference: nothing | {"refunded": 5_000},
        disputed.reference: nothing | {"disputed": 750_000},
    }


def test_many_at_once_are_charged_once_each(fake: FakePaystack, card: Card) -> None:
    wanted = [charge_of(card) for _ in range(8)]

    def charge(number: int) -> str:
        for _ in range(200):
            try:
                return Paystack(TEST_KEY, base_url=fake.base_url).charge(wanted[number // 2]).state
            except GatewayBusy:
                time.sleep(0.01)
            except GatewayError as error:
                return type(error).__name__
        return "never"

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(charge, range(16)))
    assert sorted(ends) == ["AlreadyStarted"] * 8 + ["succeeded"] * 8
    assert sum(int(line["charged"]) for line in fake.books.totals(TEST_KEY).values()) == 8 * 750_000


# --- failures -----------------------------------------------------------------------------------------------------


def test_a_failure_can_be_kept_for_one_kind_of_call(fake: FakePaystack, paystack: Paystack, paid: str) -> None:
    fake.fail_next("500", on="/refund")
    assert paystack.verify(paid).state == "succeeded"
    with pytest.raises(GatewayError):
        paystack.refund(refund_of(paid))
    assert paystack.refund(refund_of(paid)).state == "pending"


def test_what_goes_wrong_before_and_what_goes_wrong_after_differ_in_the_book(
    fake: FakePaystack, paystack: Paystack, card: Card
) -> None:
    for failure, charged in (("close", 0), ("accept-and-close", 750_000)):
        wanted = charge_of(card)
        fake.fail_next(failure)
        with pytest.raises(GatewayTimeout):
            paystack.charge(wanted)
        assert fake.books.charged(wanted.reference, TEST_KEY) == charged


# --- notices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when, count", [("never", 0), ("once", 1), ("twice", 2), ("late", 1)])
def test_notices_are_sent_as_told(
    fake: FakePaystack, paystack: Paystack, business: Business, card: Card, when: str, count: int
) -> None:
    fake.post.when, fake.post.late_seconds = when, 0.3  # type: ignore[assignment]
    wanted = charge_of(card)
    paystack.charge(wanted)
    if when == "late":
        assert business.received == []
    fake.post.wait()
    assert [event.reference for event in business.received] == [wanted.reference] * count
    assert len({event.dedupe_key for event in business.received}) == min(count, 1)


def test_a_notice_nobody_took_is_sent_again(
    fake: FakePaystack, paystack: Paystack, business: Business, card: Card
) -> None:
    business.answers.extend([503, 401])
    paystack.charge(charge_of(card))
    assert [entry.status for entry in fake.post.wait()] == [503, 401, 200]


def test_refunds_and_disputes_are_announced(
    fake: FakePaystack, paystack: Paystack, business: Business, card: Card
) -> None:
    wanted = charge_of(card)
    paystack.charge(wanted)
    number = int(paystack.refund(refund_of(wanted.reference)).provider_id or 0)
    fake.move_refund(number, "processed")
    dispute = fake.open_dispute(wanted.reference)
    fake.remind_of_dispute(dispute.id)
    fake.resolve_dispute(dispute.id, "declined")
    fake.post.wait()
    assert {event.reference for event in business.received} == {wanted.reference}
    assert sorted(event.name for event in business.received) == [
        "charge.dispute.create",
        "charge.dispute.remind",
        "charge.dispute.resolve",
        "charge.success",
        "refund.pending",
        "refund.processed",
    ]


# --- a process of its own -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemotePaystack]:
    with start_fake_paystack(tmp_path_factory.mktemp("paystack") / "journal.jsonl") as running:
        yield running


def test_as_a_process_it_is_steered_and_tells_what_it_wrote_down(
    remote: RemotePaystack, httpserver: HTTPServer
) -> None:
    business = Business(httpserver)
    remote.deliver(business.url)
    account = Paystack(TEST_KEY, base_url=remote.base_url)
    wanted = checkout()
    account.start(wanted)
    remote.tell("finish", wanted.reference, "success")
    saved = account.verify(wanted.reference).authorization
    assert saved is not None
    remote.card(saved.code, "failed")
    assert account.charge(charge_of(Card(saved.code, TEST_KEY, EMAIL))).state == "failed"
    remote.tell("fail_next", "accept-and-close", on="/refund")
    with pytest.raises(GatewayTimeout):
        account.refund(refund_of(wanted.reference))
    (refund,) = remote.refunds()
    remote.tell("move_refund", refund["id"], "processed")
    fees = 200_000
    line = {"currency": "NGN", "charged": 34_400_000, "refunded": 5_000, "fees": fees, "disputed": 0}
    assert remote.totals() == {wanted.reference: line}
    assert [entry["status"] for entry in remote.deliveries()] == [200] * len(business.received)
    assert sorted(event.name for event in business.received) == ["charge.success", "refund.pending", "refund.processed"]
    assert [call["path"] for call in remote.journal()][-1] == "/refund"
    assert TEST_KEY not in json.dumps(remote.journal())
