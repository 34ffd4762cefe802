"""The development channel: every message lands in a folder, where a page shows it as received."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import cast

from app.messages.channels.base import Attachment, OutgoingMessage, TransportError
from app.messages.channels.mime import build_mime

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{16}")


class NoSuchMessage(LookupError):
    """There is no such message in the mailbox."""


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """One line of the mailbox. Addresses are shown as written in the mail; `date` is aware."""

    id: str
    sender: str
    to: str
    subject: str
    date: datetime


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message as its reader gets it."""

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


class Mailbox:
    """A folder of `.eml` files named by time; the same message sent twice is one file."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)

    def send(self, message: OutgoingMessage) -> str:
        """Write one message whole or not at all and return its id here. Raises TransportError."""
        raw = build_mime(message).as_bytes()
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
            sender=str(mail["From"]),
            to=str(mail["To"]),
            reply_to=str(mail["Reply-To"] or ""),
            subject=str(mail["Subject"]),
            date=mail["Date"].datetime,
            text=cast(EmailMessage, plain).get_content() if plain else "",
            html=cast(EmailMessage, html).get_content() if html else None,
            attachments=tuple(_attachment(part) for part in mail.iter_attachments()),
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
            sender=str(head["From"]),
            to=str(head["To"]),
            subject=str(head["Subject"]),
            date=head["Date"].datetime,
        )

    def _path(self, identifier: str) -> Path:
        return self.directory / f"{identifier}.eml"


def _identifier(message: OutgoingMessage) -> str:
    moment = message.date.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{moment}-{hashlib.sha256(message.message_id.encode()).hexdigest()[:16]}"


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        part.get_filename() or "", part.get_content_type(), content if isinstance(content, bytes) else b""
    )
