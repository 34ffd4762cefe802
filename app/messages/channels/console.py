"""A channel for looking on: what would have gone out is one line of the log, and nothing leaves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import structlog

from app.messages.channels.base import OutgoingMessage, OutgoingText
from app.messages.channels.mime import build_mime
from app.messages.channels.sms_text import segments
from app.messages.channels.texts import checked

log = structlog.get_logger("duely.messages")


class ConsoleChannel:
    """Mail and texts alike, checked as if they travelled. Nothing is kept."""

    def send(self, message: OutgoingMessage | OutgoingText) -> str:
        """Write the message to the log, files by their names, and return our id of it. Raises TransportError."""
        if isinstance(message, OutgoingText):
            self._say_text(message)
        else:
            self._say_mail(message)
        return message.message_id

    def find(self, text: OutgoingText, since: datetime, known: Collection[str]) -> str | None:
        """Nothing is ever lost here, so there is nothing to find."""
        return None

    def _say_text(self, message: OutgoingText) -> None:
        ready = checked(message)
        log.info(
            "text not sent",
            channel=ready.channel,
            to=ready.to,
            text=ready.body,
            parts=segments(ready.body) if ready.channel == "sms" else 1,
            template=ready.content_sid,
            variables=dict(ready.variables),
            media=ready.media_url,
            message_id=message.message_id,
        )

    def _say_mail(self, message: OutgoingMessage) -> None:
        build_mime(message)
        log.info(
            "mail not sent",
            to=[entry.address for entry in message.to],
            sender=message.sender.address,
            subject=message.subject,
            text=message.text,
            files=[file.filename for file in message.attachments],
            message_id=message.message_id,
        )
