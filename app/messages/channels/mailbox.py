"""The development channel: every message, mail or text, lands in a folder, where a page shows it as received."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import cast

from app.messages.channels.base import Attachment, OutgoingMessage, OutgoingText, TransportError
from app.messages.channels.mailbox_texts import build_text
from app.messages.channels.mime import build_mime

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{16}")


class NoSuchMessage(LookupError):
    """There is no such message in the mailbox."""


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """One line of the mailbox. Addresses are shown as written in the mail; `date` is aware.

    `channel` is "email", "whatsapp" or "sms"; a text has no sender here, and its first line for a subject.
    """

    id: str
    sender: str
    to: str
    subject: str
    date: datetime
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message as its reader gets it. `media_url` and `template` (HX...) belong to texts."""

    id: str
    message_id: str
    sender: str
    to: str
    reply_to: str
    subject: str
    date: datetime
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    channel: str = "email"
    media_url: str = ""
    template: str = ""


class Mailbox:
    """A folder of `.eml` files named by time; the same message sent twice is one file."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)

    def send(self, message: OutgoingMessage | OutgoingText) -> str:
        """Write one message whole or not at all and return its id here. Raises TransportError."""
        mail = build_text(message) if isinstance(message, OutgoingText) else build_mime(message)
        raw = mail.as_bytes()
        identifier = _identifier(message)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.directory)
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
            os.replace(temporary, self._path(identifier))
        except OSError as error:
            raise TransportError(
                "The folder of the mailbox cannot be written.", permanent=False, detail=str(error)
            ) from error
        return identifier

    def find(self, text: OutgoingText, since: datetime, known: Collection[str]) -> str | None:
        """The id of a text that was written here, by our id of it."""
        identifier = _identifier(text)
        return identifier if self._path(identifier).is_file() and identifier not in known else None

    def list(self, limit: int = 100) -> list[MessageSummary]:
        """The newest messages first, at most `limit` of them."""
        names = sorted((path.stem for path in self.directory.glob("*.eml")), reverse=True)
        return [self._summary(name) for name in names if _ID.fullmatch(name)][:limit]

    def get(self, identifier: str) -> ReceivedMessage:
        """One message with its parts. Raises NoSuchMessage, also for an id that is none."""
        mail = message_from_bytes(self.raw(identifier), policy=policy.default)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        return ReceivedMessage(
            id=identifier,
            message_id=str(mail["Message-ID"]),
            sender=str(mail["From"] or ""),
            to=_receiver(mail),
            reply_to=str(mail["Reply-To"] or ""),
            subject=str(mail["Subject"]),
            date=mail["Date"].datetime,
            text=_text(cast(EmailMessage, plain), mail) if plain else "",
            html=cast(EmailMessage, html).get_content() if html else None,
            attachments=tuple(_attachment(part) for part in mail.iter_attachments()),
            channel=_channel(mail),
            media_url=str(mail["X-Media"] or ""),
            template=str(mail["X-Template"] or ""),
        )

    def raw(self, identifier: str) -> bytes:
        """The message as it travelled. Raises NoSuchMessage."""
        if not _ID.fullmatch(identifier):
            raise NoSuchMessage(identifier)
        try:
            return self._path(identifier).read_bytes()
        except FileNotFoundError as error:
            raise NoSuchMessage(identifier) from error

    def _summary(self, identifier: str) -> MessageSummary:
        with self._path(identifier).open("rb") as file:
            head = BytesHeaderParser(policy=policy.default).parse(file)
        return MessageSummary(
            id=identifier,
            sender=str(head["From"] or ""),
            to=_receiver(head),
            subject=str(head["Subject"]),
            date=head["Date"].datetime,
            channel=_channel(head),
        )

    def _path(self, identifier: str) -> Path:
        return self.directory / f"{identifier}.eml"


def _channel(mail: Message) -> str:
    return str(mail["X-Channel"] or "email")


def _text(part: EmailMessage, mail: Message) -> str:
    text = str(part.get_content())
    # A mail ends with a line break; a text has none that was not written.
    return text if _channel(mail) == "email" else text.replace("\r\n", "\n").removesuffix("\n")


def _receiver(mail: Message) -> str:
    return str(mail["X-Number"] or mail["To"])


def _identifier(message: OutgoingMessage | OutgoingText) -> str:
    moment = message.date.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{moment}-{hashlib.sha256(message.message_id.encode()).hexdigest()[:16]}"


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        part.get_filename() or "", part.get_content_type(), content if isinstance(content, bytes) else b""
    )
