"""The console channel writes what would have gone out into the log, checked as if it travelled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from app.messages.channels.base import Attachment, HeaderInjection, TransportError
from app.messages.channels.console import ConsoleChannel
from tests.contracts.test_channels import MESSAGE
from tests.contracts.test_text_channels import NOW, SMS_TEXT, TEMPLATED


def test_a_mail_is_one_line_with_its_files_by_name() -> None:
    file = Attachment("INV-1.pdf", "application/pdf", b"%PDF-secret-bytes")
    with capture_logs() as lines:
        assert ConsoleChannel().send(replace(MESSAGE, attachments=(file,))) == MESSAGE.message_id
    assert [line["event"] for line in lines] == ["mail not sent"]
    assert lines[0]["to"] == ["damilola@lekki.example"]
    assert (lines[0]["subject"], lines[0]["text"], lines[0]["files"]) == (MESSAGE.subject, MESSAGE.text, ["INV-1.pdf"])
    assert "secret-bytes" not in str(lines)


def test_a_text_is_one_line_as_its_reader_would_get_it() -> None:
    with capture_logs() as lines:
        assert ConsoleChannel().send(SMS_TEXT) == SMS_TEXT.message_id
        ConsoleChannel().send(TEMPLATED)
    sms, template = lines
    assert (sms["channel"], sms["to"], sms["parts"]) == ("sms", "+2348012345678", 1)
    assert sms["text"].startswith("Invoice INV-1 of NGN 344,000.00")
    assert (template["template"], template["variables"]["2"]) == (TEMPLATED.content_sid, "INV-1")


def test_what_could_not_travel_is_refused_here_too() -> None:
    with pytest.raises(HeaderInjection):
        ConsoleChannel().send(replace(MESSAGE, subject="a\r\nBcc: x@y.example"))
    with pytest.raises(TransportError, match="country code"):
        ConsoleChannel().send(replace(SMS_TEXT, to="0801"))


def test_nothing_is_kept_so_nothing_is_found() -> None:
    ConsoleChannel().send(SMS_TEXT)
    assert ConsoleChannel().find(SMS_TEXT, NOW, ()) is None
