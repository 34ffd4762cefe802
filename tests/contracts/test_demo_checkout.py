"""The demo bank's checkout page, as a customer and the business meet it: over HTTP, with real notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from flask import Flask
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from app.money import Money
from app.payments.gateways.base import WebhookEvent
from app.payments.gateways.cards import ChargeRequest
from app.payments.gateways.demo import DemoGateway
from app.payments.gateways.demo_checkout import create_demo_checkout_app, demo_checkout_blueprint
from app.payments.gateways.errors import GatewayError
from app.payments.gateways.moneyback import RefundRequest
from app.payments.rules import new_reference
from tests.contracts.gateway_accounts import checkout

LATER = 0.6


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing: the tests look at what happened."""


@dataclass
class Bank:
    """The demo bank on a port of its own, and the business that waits for its notices."""

    gateway: DemoGateway
    business: HTTPServer
    answers: list[int]
    received: list[WebhookEvent]

    def wait_for_notices(self, count: int, seconds: float = 60) -> list[WebhookEvent]:
        """What has arrived once there are `count`, or when the time is over."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.received

    def choose(self, url: str, outcome: str, /, **changes: str) -> requests.Response:
        """Press a button on the page at `url`, as a browser without JavaScript does."""
        page = page_at(url)
        assert page.form is not None
        nonce = str(page.form.select_one("input[name=nonce]")["value"])  # type: ignore[index]
        offered = {str(button["value"]) for button in page.form.find_all("button")}
        assert outcome in offered
        form = {"nonce": nonce, "outcome": outcome} | changes
        return requests.post(url, data=form, timeout=60, allow_redirects=False)


def page_at(url: str) -> BeautifulSoup:
    return BeautifulSoup(requests.get(url, timeout=60).text, "html.parser")


@pytest.fixture
def bank(tmp_path: Path, httpserver: HTTPServer) -> Iterator[Bank]:
    store = tmp_path / "elsewhere" / "bank.sqlite3"
    server = make_server(
        "127.0.0.1", 0, create_demo_checkout_app(store, later_seconds=LATER), threaded=True, request_handler=_Quiet
    )
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    gateway = DemoGateway(
        "demo-key",
        store_path=store,
        checkout_base=f"http://127.0.0.1:{server.server_port}/",
        webhook_url=httpserver.url_for("/webhooks/demo/key/"),
        production=False,
        refund_seconds=0.3,
    )
    opened = Bank(gateway, httpserver, [], [])

    def receive(request: Request) -> Response:
        status = opened.answers.pop(0) if opened.answers else 200
        if status == 200:
            opened.received.append(gateway.read_webhook(request.get_data(), dict(request.headers)))
        return Response(status=status)

    httpserver.expect_request("/webhooks/demo/key/", method="POST").respond_with_handler(receive)
    yield opened
    server.shutdown()
    server.server_close()
    for thread in threading.enumerate():
        if thread.name == "demo-notice":
            thread.join(60)


@pytest.mark.parametrize(
    "outcome, state, amount",
    [("succeed", "succeeded", 34_400_000), ("less", "succeeded", 17_200_000), ("more", "succeeded", 37_840_000)],
)
def test_paying_sends_the_customer_back_and_a_notice_to_the_business(
    bank: Bank, outcome: str, state: str, amount: int
) -> None:
    wanted = replace(checkout(), callback_url="https://duely.example/payment/callback/?from=bank")
    answer = bank.choose(bank.gateway.start(wanted).url, outcome)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{wanted.callback_url}&reference={wanted.reference}"
    (event,) = bank.wait_for_notices(1)
    assert (event.kind, event.reference) == ("payment", wanted.reference)
    verified = bank.gateway.verify(wanted.reference)
    assert (verified.state, verified.amount_minor) == (state, amount)


def test_money_that_comes_later_is_pending_first_and_announced_when_it_is_there(bank: Bank) -> None:
    wanted = checkout()
    bank.choose(bank.gateway.start(wanted).url, "later")
    assert bank.gateway.verify(wanted.reference).state == "pending"
    assert bank.received == []
    (event,) = bank.wait_for_notices(1)
    assert event.reference == wanted.reference
    assert bank.gateway.verify(wanted.reference).state == "succeeded"


@pytest.mark.parametrize("outcome, state", [("fail", "failed"), ("abandon", "abandoned")])
def test_a_payment_that_does_not_happen_is_not_announced(bank: Bank, outcome: str, state: str) -> None:
    wanted = checkout()
    answer = bank.choose(bank.gateway.start(wanted).url, outcome)
    back = wanted.cancel_url if outcome == "abandon" else f"{wanted.callback_url}?reference={wanted.reference}"
    assert (answer.status_code, answer.headers["Location"]) == (303, back)
    assert bank.gateway.verify(wanted.reference).state == state
    assert bank.wait_for_notices(1, seconds=0.3) == []


def test_a_notice_the_business_could_not_take_is_sent_again(bank: Bank) -> None:
    bank.answers.extend([503, 500])
    bank.choose(bank.gateway.start(checkout()).url, "succeed")
    assert len(bank.wait_for_notices(1, seconds=60)) == 1


def test_pressing_twice_pays_once(bank: Bank) -> None:
    wanted = checkout()
    url = bank.gateway.start(wanted).url
    page = page_at(url)
    nonce = str(page.select_one("input[name=nonce]")["value"])  # type: ignore[index]
    for outcome in ("succeed", "more", "fail", "abandon"):
        answer = requests.post(url, data={"nonce": nonce, "outcome": outcome}, timeout=60, allow_redirects=False)
        assert answer.headers["Location"] == f"{wanted.callback_url}?reference={wanted.reference}"
    bank.wait_for_notices(1)
    assert len(bank.wait_for_notices(2, seconds=0.5)) == 1
    assert bank.gateway.verify(wanted.reference).amount_minor == wanted.amount.minor
    assert "The payment is done" in requests.get(url, timeout=60).text


@pytest.mark.parametrize(
    "changes, status", [({"nonce": "x"}, 403), ({"nonce": "é"}, 403), ({"outcome": "nonsense"}, 422)]
)
def test_a_form_the_page_did_not_make_changes_nothing(bank: Bank, changes: dict[str, str], status: int) -> None:
    wanted = checkout()
    answer = bank.choose(bank.gateway.start(wanted).url, "succeed", **changes)
    assert answer.status_code == status
    assert bank.gateway.verify(wanted.reference).state == "pending"


def test_a_page_that_was_never_made_is_not_found(bank: Bank) -> None:
    (origin,) = bank.gateway.checkout_origins
    assert requests.get(f"{origin}/dev/checkout/{'a' * 26}/", timeout=60).status_code == 404
    assert requests.post(f"{origin}/dev/checkout/{'a' * 26}/", timeout=60).status_code == 404


def test_the_page_says_it_is_a_demo_shows_the_amount_and_needs_no_script(bank: Bank) -> None:
    text = requests.get(bank.gateway.start(checkout()).url, timeout=60).text
    page = BeautifulSoup(text, "html.parser")
    assert "no real money" in page.get_text()
    assert "₦344,000.00" in page.get_text().replace("\n", "")
    assert not page.find_all(["script", "style"])
    assert not page.select("[style]")
    (sheet,) = page.select("link[rel=stylesheet]")
    origin = bank.gateway.checkout_origins[0]
    assert requests.get(f"{origin}{sheet['href']}", timeout=60).status_code == 200


def test_what_a_customer_is_called_cannot_break_the_page(bank: Bank) -> None:
    wanted = replace(checkout(), description="<script>alert(1)</script>")
    text = requests.get(bank.gateway.start(wanted).url, timeout=60).text
    assert "<script>" not in text


def test_a_card_is_kept_only_when_the_customer_ticks_the_box(bank: Bank) -> None:
    offered, silent = checkout(), checkout()
    bank.choose(bank.gateway.start(silent).url, "succeed", card="good")
    assert bank.gateway.verify(silent.reference).authorization is None
    bank.choose(bank.gateway.start(offered).url, "succeed", card="good", keep="1")
    saved = bank.gateway.verify(offered.reference).authorization
    assert saved is not None
    assert (saved.reusable, saved.email) == (True, offered.email)


def test_a_payment_that_did_not_happen_keeps_no_card(bank: Bank) -> None:
    wanted = checkout()
    url = bank.gateway.start(wanted).url
    bank.choose(url, "abandon", card="good", keep="1")
    assert bank.gateway.verify(wanted.reference).authorization is None
    bank.choose(url, "succeed")
    assert bank.gateway.verify(wanted.reference).authorization is None


def test_the_box_is_ticked_for_a_customer_who_agreed_at_the_shop(bank: Bank) -> None:
    for reusable in (False, True):
        text = requests.get(bank.gateway.start(replace(checkout(), reusable=reusable)).url, timeout=60).text
        (box,) = BeautifulSoup(text, "html.parser").select("input[name=keep]")
        assert box.has_attr("checked") is reusable


def test_a_card_that_asks_each_time_is_confirmed_on_the_page_it_pauses_at(bank: Bank) -> None:
    first = checkout()
    bank.choose(bank.gateway.start(first).url, "succeed", card="asks", keep="1")
    saved = bank.gateway.verify(first.reference).authorization
    assert saved is not None
    wanted = ChargeRequest(new_reference(), Money(5_000, "NGN"), saved.code, saved.email)
    paused = bank.gateway.charge(wanted)
    assert paused.next_url
    page = requests.get(paused.next_url, timeout=60).text
    assert "ends in 4796" in page
    assert 'name="keep"' not in page, "the card is kept already"
    answer = bank.choose(paused.next_url, "succeed")
    assert answer.status_code == 303
    done = requests.get(paused.next_url, timeout=60).text
    assert "The payment is done" in done
    assert "Go back to the shop" not in done, "a charge was not begun at any shop"
    assert bank.gateway.verify(wanted.reference).state == "succeeded"
    assert {event.reference for event in bank.wait_for_notices(2)} == {first.reference, wanted.reference}


def test_a_refund_is_announced_when_it_ends_and_shown_on_the_page(bank: Bank) -> None:
    wanted = checkout()
    url = bank.gateway.start(wanted).url
    bank.choose(url, "succeed")
    for minor in (5_000, 5_013, 5_014):
        bank.gateway.refund(RefundRequest(wanted.reference, Money(minor, "NGN"), f"refund-{minor}"))
    told = {event.refund.note: event.refund.state for event in bank.wait_for_notices(4)[1:] if event.refund}
    assert told == {"refund-5000": "processed", "refund-5013": "failed", "refund-5014": "needs_attention"}
    text = " ".join(page_at(url).get_text().split())
    assert "₦50.00, processed" in text
    assert "₦50.13, failed" in text
    assert "₦50.14, needs a bank account" in text


@pytest.mark.parametrize("decision, lost", [("customer", True), ("business", False)])
def test_a_dispute_is_raised_and_decided_on_the_page(bank: Bank, decision: str, lost: bool) -> None:
    wanted = checkout()
    url = bank.gateway.start(wanted).url
    bank.choose(url, "succeed")
    nonce = str(page_at(url).select("input[name=nonce]")[0]["value"])
    for value in ("", "", decision, decision):
        requests.post(f"{url}dispute/", data={"nonce": nonce, "decision": value}, timeout=60)
    opened, decided = bank.wait_for_notices(3)[1:]
    assert opened.dispute is not None
    assert decided.dispute is not None
    assert (opened.dispute.state, opened.reference) == ("awaiting_us", wanted.reference)
    assert (decided.dispute.state, decided.dispute.lost) == ("resolved", lost)
    assert bank.wait_for_notices(4, seconds=0.3) == bank.received[:3], "asking twice is telling once"
    assert bank.gateway.verify(wanted.reference).state == ("failed" if lost else "succeeded")


def test_a_dispute_needs_the_page_s_own_form_and_a_payment(bank: Bank) -> None:
    wanted = checkout()
    url = bank.gateway.start(wanted).url
    nonce = str(page_at(url).select("input[name=nonce]")[0]["value"])
    answers = [
        requests.post(f"{url}dispute/", data=form, timeout=60, allow_redirects=False).status_code
        for form in ({"nonce": "x"}, {"nonce": nonce, "decision": "nobody"}, {"nonce": nonce})
    ]
    assert answers == [403, 422, 303]
    assert bank.gateway.find_dispute("1").state == "unknown", "nothing was paid"


def test_neither_the_bank_nor_its_page_exists_in_production(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite3"
    with pytest.raises(GatewayError, match="no place in production"):
        DemoGateway("key", store_path=path, checkout_base="https://x", webhook_url="https://y", production=True)
    with pytest.raises(GatewayError, match="no place in production"):
        Flask(__name__).register_blueprint(demo_checkout_blueprint(path, production=True))
    assert not path.exists()
