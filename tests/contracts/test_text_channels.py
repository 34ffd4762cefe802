"""What every channel does with a WhatsApp or SMS message. The same cases for Twilio, the mailbox and the fake."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.messages.channels.base import OutcomeUnknown, OutgoingText, TextChannel, TransportError
from app.messages.channels.mailbox import Mailbox
from app.messages.channels.memory import MemoryChannel
from app.messages.channels.twilio import TwilioChannel, TwilioSettings
from tests.contracts.fake_twilio import ACCOUNT, SMS, TOKEN, WHATSAPP, FakeTwilio, run_fake_twilio

NOW = datetime.now(UTC)
TEMPLATE = "HX" + "5c" * 16
SMS_TEXT = OutgoingText(
    channel="sms",
    to="+2348012345678",
    text="Invoice INV-1 of ₦344,000.00 is due: https://duely.example/i/abc/",
    message_id="<0199a7c2-0000-7000-8000-000000000001@duely.example>",
    date=NOW,
    status_url="https://duely.example/webhooks/twilio/k/",
)
CHAT = replace(SMS_TEXT, channel="whatsapp", media_url="https://duely.example/i/abc/pdf/")
TEMPLATED = replace(
    SMS_TEXT,
    channel="whatsapp",
    text="Hello Ṣọlá, invoice INV-1 of ₦344,000.00 is due.",
    content_sid=TEMPLATE,
    variables=(("1", "Ṣọlá"), ("2", "INV-1"), ("3", "₦344,000.00")),
)
EVERY_KIND = pytest.mark.parametrize("text", [SMS_TEXT, CHAT, TEMPLATED], ids=["sms", "whatsapp", "template"])


@dataclass
class Line:
    """A channel, the texts that arrived at its far end, and ways to make its next send go wrong."""

    name: str
    channel: TextChannel
    arrived: Callable[[], list[str]]
    fail_for_now: Callable[[], None]
    lose: Callable[[], None]


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with run_fake_twilio() as running:
        running.templates[TEMPLATE] = "Hello {{1}}, invoice {{2}} of {{3}} is due."
        yield running


def nothing_is_lost_here() -> None:
    raise AssertionError("a folder gives its answer at once")


def channel_to(fake: FakeTwilio, **changes: object) -> TwilioChannel:
    settings = TwilioSettings(ACCOUNT, TOKEN, WHATSAPP, SMS, fake.base_url, connect_timeout=20.0, read_timeout=20.0)
    return TwilioChannel(replace(settings, **changes))  # type: ignore[arg-type]


def impatient(fake: FakeTwilio) -> TwilioChannel:
    return channel_to(fake, connect_timeout=5, read_timeout=2)


@pytest.fixture(params=["twilio", "mailbox", "memory"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Line:
    if request.param == "twilio":
        fake: FakeTwilio = request.getfixturevalue("fake")
        return Line("twilio", channel_to(fake), fake.bodies, lambda: fake.refuse(20429, 429),
                    lambda: fake.next("accept-and-close"))  # fmt: skip
    if request.param == "mailbox":
        folder = tmp_path / "mailbox"
        box = Mailbox(folder)
        return Line("mailbox", box, lambda: [box.get(one.id).text for one in reversed(box.list())],
                    lambda: folder.symlink_to("/dev/null"), nothing_is_lost_here)  # fmt: skip
    memory = MemoryChannel()
    busy = TransportError("Twilio asked to try later.", permanent=False)
    return Line("memory", memory, lambda: [one.text for one in memory.texts], lambda: memory.fail_next(busy),
                memory.lose_next)  # fmt: skip


# --- every channel ---------------------------------------------------------------------------------------------------


@EVERY_KIND
def test_an_accepted_text_has_an_id_and_is_there_once(line: Line, text: OutgoingText) -> None:
    provider_id = line.channel.send(text)
    assert provider_id
    assert len(line.arrived()) == 1
    assert line.channel.find(text, NOW, ()) == provider_id


@EVERY_KIND
def test_a_text_that_never_got_there_is_not_found(line: Line, text: OutgoingText) -> None:
    assert line.channel.find(text, NOW, ()) is None


@pytest.mark.parametrize("line", ["twilio", "memory"], indirect=True)
@EVERY_KIND
def test_after_a_lost_answer_the_text_is_found_and_need_not_be_sent_again(line: Line, text: OutgoingText) -> None:
    line.lose()
    with pytest.raises(OutcomeUnknown) as caught:
        line.channel.send(text)
    assert not caught.value.permanent
    assert line.channel.find(text, NOW, ())
    assert len(line.arrived()) == 1


def test_a_text_that_could_not_be_taken_now_may_be_sent_again(line: Line) -> None:
    line.fail_for_now()
    with pytest.raises(TransportError) as caught:
        line.channel.send(SMS_TEXT)
    assert not caught.value.permanent
    assert not isinstance(caught.value, OutcomeUnknown)


@EVERY_KIND
def test_a_text_that_is_known_as_another_of_ours_is_not_taken_for_this_one(line: Line, text: OutgoingText) -> None:
    first = line.channel.send(text)
    assert line.channel.find(replace(text, message_id="<2@duely.example>"), NOW, {first}) is None
    assert line.channel.find(text, NOW, {first}) is None


@pytest.mark.parametrize(
    "wording",
    [
        "Ẹ káàárọ̀, ìwé owó rẹ ti dé",
        "Paid 🎉👍🏽 thank you",
        "Line one\nline two\n\nline four",
        "a=b&To=%2B1&c;d+e",
        "'\"<>\\{}",
    ],
)
def test_every_wording_arrives_unchanged(line: Line, wording: str) -> None:
    line.channel.send(replace(CHAT, text=wording))
    assert line.arrived() == [wording]


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"to": "08012345678"}, "country code"),
        ({"to": "+234 801 234 5678"}, "country code"),
        ({"to": "+2348012345678\nTo=+1"}, "country code"),
        ({"to": "+٢٣٤٨٠١٢٣٤٥٦"}, "country code"),
        ({"to": ""}, "country code"),
        ({"channel": "telegram"}, "by WhatsApp or by SMS"),
        ({"text": " \n "}, "no text"),
        ({"text": "x" * 1601}, "longer than 1,600"),
        ({"text": "a\0b"}, "control characters"),
        ({"text": "half \ud83d"}, "control characters"),
        ({"media_url": "javascript:alert(1)"}, "address of the file"),
        ({"media_url": "/i/abc/pdf/"}, "address of the file"),
        ({"media_url": "https://a.example/\r\nX: y"}, "address of the file"),
        ({"media_url": "http://["}, "address of the file"),
        ({"status_url": "ftp://a.example/"}, "address of the callback"),
        ({"content_sid": "invoice_ready"}, "HX"),
        ({"content_sid": TEMPLATE, "variables": (("1", " \n\t"),)}, "Variable 1 of the template is empty"),
        ({"content_sid": TEMPLATE, "variables": (("1", "x" * 600), ("2", "y" * 425))}, "longer than 1,024"),
        ({"content_sid": TEMPLATE, "variables": (("1", "a\x07"),)}, "control characters"),
        ({"content_sid": TEMPLATE, "variables": (("\ud83d", "a"),)}, "control characters"),
    ],
)
def test_what_nobody_would_take_is_refused_for_good_before_any_call(
    line: Line, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(TransportError, match=sentence) as caught:
        line.channel.send(replace(CHAT, **changes))  # type: ignore[arg-type]
    assert caught.value.permanent
    assert line.arrived() == []


def test_an_sms_of_sixteen_hundred_characters_is_not_too_long(line: Line) -> None:
    line.channel.send(replace(SMS_TEXT, text="x" * 1600))
    with pytest.raises(TransportError, match="longer than"):
        line.channel.send(replace(SMS_TEXT, text="😀" * 801))


# --- what Twilio is asked --------------------------------------------------------------------------------------------


def test_a_chat_message_goes_from_our_whatsapp_number_with_its_file_and_its_callback(fake: FakeTwilio) -> None:
    channel_to(fake).send(CHAT)
    assert fake.journal[-1].fields() == {
        "From": f"whatsapp:{WHATSAPP}",
        "To": "whatsapp:+2348012345678",
        "Body": CHAT.text,
        "MediaUrl": CHAT.media_url,
        "StatusCallback": CHAT.status_url,
    }


def test_a_template_goes_without_body_and_without_file_and_each_variable_in_one_line(fake: FakeTwilio) -> None:
    pairs = (("1", "Ṣọlá\nÀjàyí"), ("2", "INV-1\t "), ("3", "₦344,000.00      now"))
    channel_to(fake).send(replace(TEMPLATED, variables=pairs, media_url="https://duely.example/x.pdf"))
    asked = fake.journal[-1].fields()
    assert set(asked) == {"From", "To", "ContentSid", "ContentVariables", "StatusCallback"}
    assert asked["ContentSid"] == TEMPLATE
    assert json.loads(asked["ContentVariables"]) == {"1": "Ṣọlá Àjàyí", "2": "INV-1", "3": "₦344,000.00 now"}


def test_a_template_may_have_no_variables(fake: FakeTwilio) -> None:
    fake.templates[TEMPLATE] = "Thank you."
    text = replace(TEMPLATED, variables=(), text="Thank you.")
    sid = channel_to(fake).send(text)
    assert "ContentVariables" not in fake.journal[-1].fields()
    assert channel_to(fake).find(text, NOW, ()) == sid


def test_an_sms_is_text_alone_in_the_networks_alphabet(fake: FakeTwilio) -> None:
    channel_to(fake).send(replace(SMS_TEXT, media_url="https://duely.example/x.pdf", content_sid=TEMPLATE))
    asked = fake.journal[-1].fields()
    assert set(asked) == {"From", "To", "Body", "StatusCallback"}
    assert (asked["From"], asked["To"]) == (SMS, "+2348012345678")
    assert asked["Body"] == "Invoice INV-1 of NGN 344,000.00 is due: https://duely.example/i/abc/"


def test_without_a_callback_none_is_named(fake: FakeTwilio) -> None:
    channel_to(fake).send(replace(SMS_TEXT, status_url=""))
    assert "StatusCallback" not in fake.journal[-1].fields()


@pytest.mark.parametrize("text, name, number", [(SMS_TEXT, "SMS", "sms_number"), (CHAT, "WhatsApp", "whatsapp_number")])
def test_a_channel_without_a_number_refuses_before_any_call(
    fake: FakeTwilio, text: OutgoingText, name: str, number: str
) -> None:
    channel = channel_to(fake, **{number: ""})
    with pytest.raises(TransportError, match=f"No number is set up from which {name}") as caught:
        channel.send(text)
    assert caught.value.permanent
    assert fake.journal == []


# --- what Twilio answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rfc9457", [False, True], ids=["old form", "RFC 9457"])
@pytest.mark.parametrize(
    "code, status, permanent, sentence",
    [
        (21211, 400, True, "does not exist or cannot receive"),
        (21408, 403, True, "country are switched off"),
        (21610, 400, True, "replying STOP"),
        (21614, 400, True, "not a mobile number"),
        (21608, 403, True, "trial account"),
        (63003, 400, True, "not on WhatsApp"),
        (63016, 400, True, "within a day"),
        (63021, 400, True, "what the message contains"),
        (20003, 401, False, "account number or token"),
        (20005, 403, False, "not active"),
        (20404, 404, False, "does not know our account"),
        (20429, 429, False, "try later"),
        (14107, 429, False, "try later"),
        (99999, 403, False, "account number or token"),
        (99998, 400, True, "error 99998"),
    ],
)
def test_a_refusal_becomes_a_sentence_and_a_retry_policy(
    fake: FakeTwilio, code: int, status: int, permanent: bool, sentence: str, rfc9457: bool
) -> None:
    fake.refuse(code, status, rfc9457)
    with pytest.raises(TransportError, match=sentence) as caught:
        channel_to(fake).send(SMS_TEXT)
    assert caught.value.permanent is permanent
    assert not isinstance(caught.value, OutcomeUnknown)
    assert str(code) in caught.value.detail
    assert re.fullmatch(r"[A-Z][^\n]*\.", caught.value.reason)


@pytest.mark.parametrize("failure", ["500", "503", "hang", "close", "drip", "drip-headers", "bad-json", "not-an-object",
                                     "redirect", "too-large"])  # fmt: skip
def test_whatever_breaks_after_the_text_was_sent_leaves_its_outcome_unknown(fake: FakeTwilio, failure: str) -> None:
    fake.next(failure)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown) as caught:
        impatient(fake).send(SMS_TEXT)
    assert time.monotonic() - begun < 20, "an answer that drips in held us"
    assert not caught.value.permanent
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) is None
    assert len([call for call in fake.journal if call.method == "POST"]) == 1, "the SDK tried again by itself"


@pytest.mark.parametrize("failure", ["close", "hang", "500", "bad-json", "no-number"])
@EVERY_KIND
def test_a_taken_text_whose_answer_was_lost_is_found(fake: FakeTwilio, failure: str, text: OutgoingText) -> None:
    fake.next(f"accept-and-{failure}")
    with pytest.raises(OutcomeUnknown):
        impatient(fake).send(text)
    assert channel_to(fake).find(text, NOW, ()) == fake.messages[-1]["sid"]


@pytest.mark.parametrize("failure", ["500", "hang", "close", "drip", "drip-headers", "bad-json", "not-an-object",
                                     "redirect", "too-large"])  # fmt: skip
def test_a_search_that_cannot_be_read_is_an_error_and_never_none(fake: FakeTwilio, failure: str) -> None:
    fake.next(failure)
    with pytest.raises(TransportError) as caught:
        impatient(fake).find(SMS_TEXT, NOW, ())
    assert not caught.value.permanent
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"messages": []},
        {"messages": {}, "next_page_uri": None},
        {"messages": None, "next_page_uri": None},
        {"messages": [None], "next_page_uri": None},
        {"messages": [{"sid": "SM1"}], "next_page_uri": None},
        {"messages": [{"sid": None, "to": "+1", "from": "+1", "body": "", "date_created": ""}], "next_page_uri": None},
        {"messages": [], "next_page_uri": 5},
        {"messages": [], "next_page_uri": "https://elsewhere.example/"},
        {"messages": [], "next_page_uri": "//elsewhere.example/"},
        {"messages": [], "next_page_uri": "@elsewhere.example/"},
    ],
    ids=lambda page: json.dumps(page)[:60],
)
def test_a_page_with_a_part_missing_is_an_error_and_sends_our_login_nowhere_else(
    fake: FakeTwilio, page: dict[str, object]
) -> None:
    fake.script.append(page)
    with pytest.raises(TransportError, match="could not be read"):
        channel_to(fake).find(SMS_TEXT, NOW, ())
    assert len(fake.journal) == 1


def test_a_text_of_ours_whose_body_twilio_hides_is_neither_found_nor_missing(fake: FakeTwilio) -> None:
    fake.put(SMS_TEXT.to, SMS, None)
    with pytest.raises(TransportError, match="does not show what it sent"):
        channel_to(fake).find(SMS_TEXT, NOW, ())


def test_a_date_that_is_none_is_an_error(fake: FakeTwilio) -> None:
    fake.put(SMS_TEXT.to, SMS, "x", date_created=None)
    with pytest.raises(TransportError, match="could not be read"):
        channel_to(fake).find(SMS_TEXT, NOW, ())


def test_a_list_that_has_no_end_is_given_up(fake: FakeTwilio) -> None:
    page = {"messages": [], "next_page_uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"}
    fake.script.extend([page] * 200)
    with pytest.raises(TransportError, match="too many messages"):
        channel_to(fake).find(SMS_TEXT, NOW, ())
    assert len(fake.journal) == 50


def test_a_text_that_fails_at_once_is_not_taken_for_sent(fake: FakeTwilio) -> None:
    fake.first_status = "failed"
    with pytest.raises(TransportError, match="not delivered") as caught:
        channel_to(fake).send(SMS_TEXT)
    assert caught.value.permanent


# --- which of Twilio's messages is ours ------------------------------------------------------------------------------


BODY = "Invoice INV-1 of NGN 344,000.00 is due: https://duely.example/i/abc/"


def test_it_is_found_on_a_later_page(fake: FakeTwilio) -> None:
    fake.largest_page = 2
    sid = fake.put(SMS_TEXT.to, SMS, BODY)
    for number in range(5):
        fake.put(SMS_TEXT.to, SMS, f"Invoice INV-{number + 2} is due")
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) == sid
    assert len(fake.journal) == 3


@pytest.mark.parametrize("status", ["queued", "accepted", "sent", "delivered", "read", "failed", "undelivered"])
def test_it_is_found_whatever_became_of_it_and_also_before_it_was_sent(fake: FakeTwilio, status: str) -> None:
    sid = fake.put(SMS_TEXT.to, SMS, BODY, status=status)
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) == sid


@pytest.mark.parametrize(
    "to, sender, body, minutes",
    [
        ("+2348099999999", SMS, BODY, 0),
        ("+2348012345678", "+15005559999", BODY, 0),
        (SMS, "+2348012345678", BODY, 0),
        ("whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}", BODY, 0),
        ("+2348012345678", SMS, BODY + " Thank you", 0),
        ("+2348012345678", SMS, BODY.replace("INV-1", "INV-11"), 0),
        ("+2348012345678", SMS, BODY, 6),
        ("+2348012345678", SMS, BODY, 60 * 24 * 30),
    ],
    ids=[
        "to another",
        "from another",
        "from the customer",
        "by WhatsApp",
        "other words",
        "other number",
        "before",
        "a month before",
    ],
)
def test_somebody_elses_and_older_texts_are_not_ours(
    fake: FakeTwilio, to: str, sender: str, body: str, minutes: int
) -> None:
    fake.put(to, sender, body, made=NOW - timedelta(minutes=minutes))
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) is None


def test_what_twilio_lists_although_it_was_not_asked_for_is_not_ours_either(fake: FakeTwilio) -> None:
    fake.put(SMS_TEXT.to, "+15005559999", BODY)
    fake.put("+2348099999999", SMS, BODY)
    fake.script.append({"messages": fake.messages, "next_page_uri": None})
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) is None


def test_clocks_may_be_some_minutes_apart(fake: FakeTwilio) -> None:
    sid = fake.put(SMS_TEXT.to, SMS, BODY, made=NOW - timedelta(minutes=4))
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) == sid


def test_of_two_equal_texts_each_finds_its_own(fake: FakeTwilio) -> None:
    first, second = (fake.put(SMS_TEXT.to, SMS, BODY) for _ in range(2))
    channel = channel_to(fake)
    assert channel.find(SMS_TEXT, NOW, ()) == first
    assert channel.find(SMS_TEXT, NOW, {first}) == second
    assert channel.find(SMS_TEXT, NOW, {first, second}) is None


def test_a_trial_accounts_words_in_front_change_nothing(fake: FakeTwilio) -> None:
    sid = fake.put(SMS_TEXT.to, SMS, f"Sent from your Twilio trial account - {BODY}")
    assert channel_to(fake).find(SMS_TEXT, NOW, ()) == sid


@pytest.mark.parametrize(
    "body, ours",
    [
        ("Good day Ṣọlá: INV-1, ₦344,000.00", True),
        ("Good day Ṣọlá: INV-10, ₦344,000.00", False),
        ("Good day Ṣọlá: INV-1, ₦1,344,000.00", False),
        ("Good day Ṣọlá: INV-1", False),
        ("", False),
    ],
)
def test_a_template_whose_wording_changed_is_known_by_its_variables(fake: FakeTwilio, body: str, ours: bool) -> None:
    sid = fake.put("whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}", body)
    assert channel_to(fake).find(TEMPLATED, NOW, ()) == (sid if ours else None)


def test_a_value_is_not_found_within_a_longer_number(fake: FakeTwilio) -> None:
    fake.put("whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}", "Due in 15 days")
    assert channel_to(fake).find(replace(TEMPLATED, variables=(("1", "5 days"),)), NOW, ()) is None
    sid = fake.put("whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}", "Due in 5 days")
    assert channel_to(fake).find(replace(TEMPLATED, variables=(("1", "5 days"),)), NOW, ()) == sid


def test_the_exact_wording_goes_before_a_similar_one(fake: FakeTwilio) -> None:
    there = ("whatsapp:+2348012345678", f"whatsapp:{WHATSAPP}")
    fake.put(*there, "Reminder for Ṣọlá: INV-1, ₦344,000.00")
    sid = fake.put(*there, TEMPLATED.text)
    fake.put(*there, "Again for Ṣọlá: INV-1, ₦344,000.00")
    assert channel_to(fake).find(TEMPLATED, NOW, ()) == sid
