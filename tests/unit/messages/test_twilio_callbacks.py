"""What Twilio's callbacks say, and that they are Twilio's."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.messages.channels.twilio_callbacks import LONGEST_INBOUND, Inbound, Receipt, is_signed, read
from tests.contracts.fake_twilio import sign

SID = "SM" + "0" * 32
TOKEN = "12345678901234567890123456789012"
URL = "https://app.example.com/webhooks/twilio/status?tenant=acme"
PAIRS = [
    ("AccountSid", "AC" + "0" * 32),
    ("ApiVersion", "2010-04-01"),
    ("From", "whatsapp:+14155238886"),
    ("MessageSid", SID),
    ("MessageStatus", "delivered"),
    ("SmsSid", SID),
    ("SmsStatus", "delivered"),
    ("To", "whatsapp:+2348012345678"),
]
SIGNATURE = "e161v5Y/PdSLpX45dnVacv/tVbU="

# --- the signature ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [PAIRS, PAIRS[::-1], dict(PAIRS), OrderedDict(PAIRS), MultiDict(PAIRS), iter(PAIRS)],
    ids=lambda p: type(p).__name__,
)
def test_a_signature_of_twilio_is_known_however_the_parameters_come(params) -> None:
    assert is_signed(TOKEN, URL, params, SIGNATURE)


@pytest.mark.parametrize("url", [URL, URL.replace(".com/", ".com:443/")])
def test_the_port_counts_with_and_without(url: str) -> None:
    assert is_signed(TOKEN, url, PAIRS, SIGNATURE)


@pytest.mark.parametrize(
    "token, url, params",
    [
        ("", URL, PAIRS),
        (TOKEN[:-1] + "3", URL, PAIRS),
        (TOKEN, URL.replace("https", "http"), PAIRS),
        (TOKEN, URL.replace("acme", "other"), PAIRS),
        (TOKEN, URL.replace("app.", "evil."), PAIRS),
        (TOKEN, URL + "&x=", PAIRS),
        (TOKEN, URL, PAIRS[1:]),
        (TOKEN, URL, [*PAIRS, ("Extra", "1")]),
        (TOKEN, URL, [*PAIRS, ("Extra", "")]),
        (TOKEN, URL, [(name, value.replace("delivered", "failed")) for name, value in PAIRS]),
        (TOKEN, URL, []),
        (TOKEN, "", PAIRS),
        (TOKEN, "https://[", PAIRS),
        (TOKEN, "https://app.example.com:notaport/", PAIRS),
    ],
)
def test_anything_changed_is_not_signed(token: str, url: str, params: list[tuple[str, str]]) -> None:
    assert not is_signed(token, url, params, SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    ["", " ", None, 5, b"e161v5Y/PdSLpX45dnVacv/tVbU=", "é" * 28, "\ud800", SIGNATURE + " ", SIGNATURE[:-1],
     "x" * 10**6, f"{SIGNATURE},{SIGNATURE}", SIGNATURE.lower()],
)  # fmt: skip
def test_an_odd_header_is_no_signature_and_no_error(signature: object) -> None:
    assert not is_signed(TOKEN, URL, PAIRS, signature)


def test_without_a_token_nothing_is_signed() -> None:
    assert not is_signed("", URL, PAIRS, sign("", URL, PAIRS))


def test_repeated_and_empty_parameters_are_signed_as_twilio_signs_them() -> None:
    for extra in ([("MediaUrl", "b"), ("MediaUrl", "a")], [("MediaUrl", "a"), ("MediaUrl", "a")], [("FromCity", "")]):
        pairs = [*PAIRS, *extra]
        assert is_signed(TOKEN, URL, pairs, sign(TOKEN, URL, pairs))
    pairs = [*PAIRS, ("MediaUrl", "b"), ("MediaUrl", "a")]
    assert not is_signed(TOKEN, URL, pairs[:-1], sign(TOKEN, URL, pairs))


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())), st.text() | st.none() | st.integers())
def test_nothing_that_is_posted_makes_the_check_fail(token, url, params, signature) -> None:
    assert is_signed(token, url, params, signature) is False


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))))
def test_whatever_was_signed_is_known(params) -> None:
    assert is_signed(TOKEN, URL, params, sign(TOKEN, URL, params))


# --- receipts --------------------------------------------------------------------------------------------------------


def status(word: str, **more: str) -> dict[str, str]:
    return {"MessageSid": SID, "MessageStatus": word, **more}


@pytest.mark.parametrize(
    "word, state",
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("DELIVERED", "delivered")]
    + [
        (word, None)
        for word in ("queued", "sending", "accepted", "scheduled", "partially_delivered", "receiving", "new")
    ],
)
def test_a_status_says_how_far_a_message_got(word: str, state: str | None) -> None:
    assert read(status(word)) == Receipt(SID, state)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["failed", "undelivered"])
@pytest.mark.parametrize(
    "code, sentence, permanent",
    [
        ("30003", "The telephone could not be reached.", False),
        ("30004", "The customer or the network has blocked messages from us.", True),
        ("30008", "The network did not deliver the message and did not say why.", False),
        ("63003", "The number is not on WhatsApp.", True),
        (
            "63015",
            "The customer has not joined the WhatsApp sandbox, the only one that this number may write to.",
            True,
        ),
        ("63018", "Twilio asked to try later, because too much was sent at once.", False),
        ("63019", "Twilio could not fetch the file that goes with the message.", False),
        ("63024", "WhatsApp does not accept this recipient.", True),
        ("30999", "The message was not delivered (Twilio's error 30999).", True),
        ("", "The message was not delivered, and Twilio did not say why.", True),
        ("x", "The message was not delivered, and Twilio did not say why.", True),
        ("٣٠٠٠٣", "The message was not delivered, and Twilio did not say why.", True),
        ("9" * 5000, "The message was not delivered, and Twilio did not say why.", True),
    ],
)
def test_a_failure_says_why_in_plain_words(word: str, code: str, sentence: str, permanent: bool) -> None:
    gone = code in ("30005", "63003", "63024")
    assert read(status(word, ErrorCode=code)) == Receipt(SID, "failed", sentence, permanent, gone)


def test_a_cancelled_message_failed() -> None:
    receipt = read(status("canceled"))
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.permanent) == ("failed", True)


def test_an_error_code_beside_a_success_says_nothing() -> None:
    assert read(status("delivered", ErrorCode="30003")) == Receipt(SID, "delivered")


def test_older_names_of_the_fields_are_read_too() -> None:
    assert read({"SmsSid": SID, "SmsStatus": "sent"}) == Receipt(SID, "sent")


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "0" * 32, SID + "\n", "SM" + "g" * 32, "SM" + "0" * 10**6])
def test_a_receipt_for_no_message_is_nothing(sid: str) -> None:
    assert read({"MessageSid": sid, "MessageStatus": "sent"}) is None


def test_of_a_repeated_field_the_first_counts() -> None:
    assert read([*status("sent").items(), ("MessageStatus", "failed")]) == Receipt(SID, "sent")


# --- customers' messages ---------------------------------------------------------------------------------------------


def message(body: str, sender: str = "whatsapp:+2348012345678", **more: str) -> dict[str, str]:
    return {"MessageSid": SID, "SmsStatus": "received", "From": sender, "Body": body, **more}


def test_a_customers_message_says_who_wrote_what_and_where() -> None:
    assert read(message("Mo ti sanwó 🎉")) == Inbound("whatsapp", "+2348012345678", "Mo ti sanwó 🎉", False, False)
    assert read(message("Hi", "+2348012345678")) == Inbound("sms", "+2348012345678", "Hi", False, False)


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop. ", "STOP!", "Unsubscribe", "stopall", "CANCEL", "end", "Quit", "OPT OUT"]
)
def test_words_that_stop(body: str) -> None:
    found = read(message(body))
    assert isinstance(found, Inbound)
    assert (found.stop, found.start) == (True, False)


@pytest.mark.parametrize("body", ["START", "start", "Unstop"])
def test_words_that_start_again(body: str) -> None:
    found = read(message(body))
    assert isinstance(found, Inbound)
    assert (found.stop, found.start) == (False, True)


@pytest.mark.parametrize("body", ["", "yes", "Please stop by tomorrow", "I cannot stop now", "restart", "ok"])
def test_other_words_neither_stop_nor_start(body: str) -> None:
    found = read(message(body))
    assert isinstance(found, Inbound)
    assert (found.stop, found.start) == (False, False)


def test_what_twilio_understood_itself_counts() -> None:
    found = read(message("ARRET", OptOutType="STOP"))
    assert isinstance(found, Inbound)
    assert found.stop


def test_a_huge_text_is_cut_and_a_zero_character_left_out() -> None:
    found = read(message("a\0b" * 10**5))
    assert isinstance(found, Inbound)
    assert found.text == ("ab" * 10**5)[:LONGEST_INBOUND]


@pytest.mark.parametrize(
    "sender", ["", "whatsapp:", "messenger:123", "12345", "whatsapp:whatsapp:+2348012345678", "+1 555"]
)
def test_a_message_from_no_number_is_nothing(sender: str) -> None:
    assert read(message("Hi", sender)) is None


@pytest.mark.parametrize(
    "params", [None, 5, "x", b"x", [], {}, [1], [("a",)], [("a", "b", "c")], [(1, 2)], [("Body", None)], {"Body": 5},
               {None: "x"}, {"MessageStatus": ["sent"]}, object()],
)  # fmt: skip
def test_what_is_no_callback_is_nothing(params) -> None:
    assert read(params) is None


_NAMES = st.sampled_from(
    ["MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode", "From", "Body", "OptOutType"]
)
_VALUES = st.sampled_from([SID, "failed", "sent", "received", "+2348012345678", "STOP", "\0", ""]) | st.text()


@given(st.lists(st.tuples(_NAMES | st.text(), _VALUES | st.none() | st.integers() | st.lists(st.text()))))
def test_nothing_that_is_posted_makes_reading_fail(params) -> None:
    found = read(params)
    assert found is None or isinstance(found, Receipt | Inbound)
