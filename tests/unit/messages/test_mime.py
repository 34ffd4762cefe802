"""Whatever a business or a client is called, its name and the subject arrive as they were typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.messages.channels.base import Address, OutgoingMessage, TransportError
from app.messages.channels.mime import build_mime

LINES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120).map(
    lambda text: " ".join(text.split())
)


MESSAGE = OutgoingMessage(
    message_id="<1@duely.example>",
    date=datetime(2026, 11, 20, tzinfo=UTC),
    sender=Address("", "a@b.example"),
    to=(Address("", "c@d.example"),),
    subject="subject",
    text="text",
)


def mail(subject: str, name: str) -> bytes:
    people = {"sender": Address(name, "a@b.example"), "to": (Address(name, "c@d.example"),)}
    return build_mime(replace(MESSAGE, subject=subject, **people)).as_bytes()


def decoded(text: str) -> str:
    parts = decode_header(text)
    return "".join(part.decode(charset or "ascii") if isinstance(part, bytes) else part for part, charset in parts)


@settings(max_examples=150, deadline=None)
@given(subject=LINES, name=LINES)
def test_any_subject_and_name_survive_the_journey(subject: str, name: str) -> None:
    raw = mail(subject, name)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    # The newer parser puts a space between the encoded words of a long name, so names are read by the older one.
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
    written = message_from_bytes(raw)["From"].replace("\r\n", "")
    shown, address = parseaddr(written)
    assert (decoded(shown), address) == (name, "a@b.example")


def test_encoded_words_keep_to_the_75_characters_that_readers_expect() -> None:
    raw = mail("ọ̀rọ̀ " * 60, "Ṣọlá " * 40)
    head = raw.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


@pytest.mark.parametrize("name", ["List-Unsubscribe", "List-Unsubscribe-Post", "In-Reply-To", "References"])
def test_what_reminders_and_answers_need_may_be_set(name: str) -> None:
    mail = build_mime(replace(MESSAGE, headers=((name, "<https://duely.example/u/x/>"),)))
    assert mail[name] == "<https://duely.example/u/x/>"


@pytest.mark.parametrize(
    "name",
    [
        "Bcc",
        "Cc",
        "From",
        "Subject",
        "Sender",
        "Return-Path",
        "X-Channel",
        "X-Number",
        "list-unsubscribe",
        "",
        "A\r\nB",
    ],
)
def test_no_other_header_may_be_set(name: str) -> None:
    with pytest.raises(TransportError, match="may not be set") as caught:
        build_mime(replace(MESSAGE, headers=((name, "x"),)))
    assert caught.value.permanent
