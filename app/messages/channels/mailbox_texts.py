"""A text as a small mail, so that it can lie in the mailbox beside the others."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime

from app.messages.channels.base import HeaderInjection, OutgoingText
from app.messages.channels.texts import checked

# One line for each header, in UTF-8: these files are read here and travel nowhere.
_POLICY = default.clone(linesep="\r\n", max_line_length=998, utf8=True)
_LONGEST_SUBJECT = 80


def build_text(text: OutgoingText) -> EmailMessage:
    """The text under the headers X-Channel, X-Number, X-Media and X-Template; its first line is the subject.

    Raises TransportError as every channel does, HeaderInjection for an id that is no header.
    """
    ready = checked(text)
    if not (text.message_id.isascii() and text.message_id.isprintable()):
        raise HeaderInjection("Message-ID")
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = text.message_id
    mail["Date"] = format_datetime(text.date)
    mail["Subject"] = _subject(ready.body)
    mail["X-Channel"] = ready.channel
    mail["X-Number"] = ready.to
    if ready.media_url:
        mail["X-Media"] = ready.media_url
    if ready.content_sid:
        mail["X-Template"] = ready.content_sid
    mail.set_content(ready.body, cte="quoted-printable")
    return mail


def _subject(body: str) -> str:
    """The first line, cut at a word."""
    line = " ".join(body.strip().splitlines()[0].split())
    if len(line) <= _LONGEST_SUBJECT:
        return line
    return (
        line[: line.rfind(" ", 0, _LONGEST_SUBJECT)] + " ..."
        if " " in line[:_LONGEST_SUBJECT]
        else line[:_LONGEST_SUBJECT]
    )
