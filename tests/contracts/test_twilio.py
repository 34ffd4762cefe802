"""Our Twilio account as such: the login, the network, secrets, callbacks, and the specification as the judge."""

from __future__ import annotations

import itertools
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from app.messages.channels.base import OutcomeUnknown, OutgoingText, TransportError
from app.messages.channels.twilio import TwilioChannel, TwilioSettings
from app.messages.channels.twilio_callbacks import Inbound, Receipt, is_signed, read
from tests.contracts.fake_twilio import ACCOUNT, FAILURES, SMS, TOKEN, WHATSAPP, FakeTwilio, Refuse, run_fake_twilio
from tests.contracts.twilio_judge import SPECIFICATION, judge_answer, judge_request, specification

NOW = datetime.now(UTC)
URL = "https://duely.example/webhooks/twilio/abcdefghij/?x=1"
TEXT = OutgoingText("sms", "+2348012345678", "Hello", "<1@duely.example>", NOW, status_url=URL)


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with run_fake_twilio() as running:
        yield running


def settings_for(base_url: str, **changes: object) -> TwilioSettings:
    settings = TwilioSettings(ACCOUNT, TOKEN, WHATSAPP, SMS, base_url, connect_timeout=20, read_timeout=20)
    return replace(settings, **changes)  # type: ignore[arg-type]


# --- the account -----------------------------------------------------------------------------------------------------


def test_the_settings_can_be_tried_without_sending_anything(fake: FakeTwilio) -> None:
    TwilioChannel(settings_for(fake.base_url)).check()
    assert [(call.method, call.path) for call in fake.journal] == [("GET", f"/2010-04-01/Accounts/{ACCOUNT}.json")]
    assert fake.messages == []


@pytest.mark.parametrize("changes", [{"auth_token": "f" * 32}, {"account_sid": "AC" + "2" * 32}])
def test_a_refused_login_is_named_and_not_permanent(fake: FakeTwilio, changes: dict[str, str]) -> None:
    channel = TwilioChannel(settings_for(fake.base_url, **changes))
    for ask in (channel.check, lambda: channel.send(TEXT), lambda: channel.find(TEXT, NOW, ())):
        with pytest.raises(TransportError, match="refused our account number or token") as caught:
            ask()
        assert not caught.value.permanent
        assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_fails_the_check(fake: FakeTwilio, status: str) -> None:
    fake.status = status
    with pytest.raises(TransportError, match="not active") as caught:
        TwilioChannel(settings_for(fake.base_url)).check()
    assert caught.value.detail == status


def test_another_account_or_an_answer_that_is_none_fails_the_check(fake: FakeTwilio) -> None:
    for answer in ({}, {"sid": "AC" + "0" * 32, "status": "active"}, {"sid": 5}):
        fake.script.append(answer)
        with pytest.raises(TransportError, match="could not be read"):
            TwilioChannel(settings_for(fake.base_url)).check()


def test_the_processs_own_environment_changes_nothing(fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"EDGE": "dublin", "REGION": "ie1", "ACCOUNT_SID": "AC" + "9" * 32, "AUTH_TOKEN": "x"}.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    TwilioChannel(settings_for(fake.base_url)).check()
    assert len(fake.journal) == 1


# --- the network -----------------------------------------------------------------------------------------------------


def test_nobody_listening_means_that_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = TwilioChannel(settings_for(f"http://127.0.0.1:{unused.getsockname()[1]}"))
        for ask in (lambda: channel.send(TEXT), lambda: channel.find(TEXT, NOW, ()), channel.check):
            with pytest.raises(TransportError, match="could not be reached") as caught:
                ask()
            assert not caught.value.permanent
            assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "changes", [{"base_url": url} for url in ("http://", "http://[", "nonsense", "gopher://x")] + [{"auth_token": "ṣ"}]
)
def test_settings_that_cannot_be_used_mean_that_nothing_was_sent(changes: dict[str, str]) -> None:
    with pytest.raises(TransportError, match="not set up correctly") as caught:
        TwilioChannel(settings_for(**{"base_url": "http://127.0.0.1:1", **changes})).send(TEXT)
    assert not isinstance(caught.value, OutcomeUnknown)


def test_an_unknown_certificate_gets_neither_login_nor_text(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    received: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    received.append(secure.recv(100))
            except OSError:
                received.append(b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(TransportError, match="certificate is not one we trust") as caught:
            TwilioChannel(settings_for(f"https://127.0.0.1:{listener.getsockname()[1]}")).send(TEXT)
        thread.join()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert received == [b""]


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_the_token_is_in_no_repr_no_error_and_no_log(fake: FakeTwilio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = TwilioChannel(settings_for(fake.base_url, connect_timeout=0.1, read_timeout=0.1))
    said = [repr(channel), repr(channel.settings), repr(vars(channel))]
    for outcome in (*FAILURES, Refuse(21211), Refuse(20003, 401), Refuse(63016, 400, True)):
        for ask in (lambda: channel.send(TEXT), lambda: channel.find(TEXT, NOW, ()), channel.check):
            fake.next(outcome)
            try:
                ask()
            except TransportError as error:
                said += [repr(error), error.reason, error.detail, *traceback.format_exception(error)]
    said.append(caplog.text)
    assert len(said) > 100
    assert TOKEN not in "".join(said)
    assert TEXT.to not in caplog.text


# --- callbacks -------------------------------------------------------------------------------------------------------


def test_callbacks_of_a_message_are_signed_and_read_in_every_order(fake: FakeTwilio) -> None:
    sid = TwilioChannel(settings_for(fake.base_url)).send(TEXT)
    for order in itertools.permutations(["queued", "sent", "delivered", "read"]):
        states = []
        for status in order:
            pairs, signature = fake.callback(sid, status)
            assert is_signed(TOKEN, URL, pairs, signature)
            receipt = read(pairs)
            assert isinstance(receipt, Receipt)
            assert receipt.provider_id == sid
            states.append(receipt.state)
        assert states == [None if status == "queued" else status for status in order]


def test_a_failed_callback_says_why(fake: FakeTwilio) -> None:
    sid = TwilioChannel(settings_for(fake.base_url)).send(TEXT)
    pairs, signature = fake.callback(sid, "undelivered", 30005)
    assert is_signed(TOKEN, URL, pairs, signature)
    assert read(pairs) == Receipt(sid, "failed", "The telephone number is not known to the network.", True, gone=True)


def test_a_customers_message_is_signed_and_read(fake: FakeTwilio) -> None:
    pairs, signature = fake.inbound(URL, "whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}", "Ẹ ṣé &=+ 🎉")
    assert is_signed(TOKEN, URL, pairs, signature)
    assert not is_signed(TOKEN, URL + "&y=2", pairs, signature)
    assert read(pairs) == Inbound("whatsapp", "+2348012345678", "Ẹ ṣé &=+ 🎉", stop=False, start=False)


# --- the specification -----------------------------------------------------------------------------------------------


@pytest.fixture
def judged() -> None:
    if specification() is None:
        pytest.skip(
            f"NOT RUN: neither our Twilio client nor the fake was checked against the official specification, because "
            f"{SPECIFICATION} is missing. Set DUELY_CONTRACTS to the folder that holds {SPECIFICATION.name}."
        )


GOOD = [("To", "+2348012345678"), ("From", SMS), ("Body", "Hello")]


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(
    "account, form, problem",
    [
        (ACCOUNT, GOOD, ""),
        ("AC1", GOOD, "AccountSid"),
        (ACCOUNT, GOOD[1:], "'To' is a required property"),
        (ACCOUNT, [GOOD[0], GOOD[2]], "needs one of from"),
        (ACCOUNT, GOOD[:2], "needs one of body"),
        (ACCOUNT, [*GOOD, ("Colour", "red")], "Colour, which is not in"),
        (ACCOUNT, [*GOOD, ("Body", "again")], "Body twice"),
        (ACCOUNT, [*GOOD, ("ContentSid", "HX1")], "ContentSid"),
    ],
)
def test_the_judge_finds_what_is_wrong_with_a_request(account: str, form: list[tuple[str, str]], problem: str) -> None:
    found = judge_request("POST", account, [], form)
    assert problem in " ".join(found)
    assert bool(found) is bool(problem)


@pytest.mark.usefixtures("judged")
def test_the_judge_finds_what_is_wrong_with_a_question_and_with_an_answer(fake: FakeTwilio) -> None:
    fake.put("+1", SMS, "x")
    message = fake.messages[0]
    assert judge_request("GET", ACCOUNT, [("To", "+1"), ("PageSize", "200")], []) == []
    assert judge_request("GET", ACCOUNT, [("PageSize", "1001")], []) != []
    assert judge_request("GET", ACCOUNT, [("Status", "sent")], []) != []
    assert judge_request("GET", ACCOUNT, [("To", "+1"), ("To", "+1")], []) != []
    assert judge_request("GET", ACCOUNT, [], [("To", "+1")]) != []
    assert judge_answer("POST", 201, message) == []
    for wrong in ({"status": "lost"}, {"sid": "XX"}, {"error_code": "30005"}, {"num_media": 0}, {"colour": "red"}):
        assert judge_answer("POST", 201, message | wrong) != []
    assert judge_answer("POST", 200, message) == ["status 200 is not in the specification"]
    assert judge_answer("GET", 200, {"messages": [message], "page": "0"}) != []


@pytest.mark.usefixtures("judged")
def test_the_fake_ends_a_test_in_which_anything_was_not_in_the_specification() -> None:
    def use_a_status_that_is_none() -> None:
        with run_fake_twilio() as fake:
            fake.first_status = "lost"
            TwilioChannel(settings_for(fake.base_url)).send(TEXT)

    with pytest.raises(AssertionError, match="'lost' is not one of"):
        use_a_status_that_is_none()
