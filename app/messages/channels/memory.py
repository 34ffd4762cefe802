"""A channel for tests: keeps what it accepted, fails when told to."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection
from datetime import datetime

from app.messages.channels.base import OutcomeUnknown, OutgoingMessage, OutgoingText, TransportError
from app.messages.channels.mime import build_mime
from app.messages.channels.texts import checked


class MemoryChannel:
    """Accepts what a real server would accept: mail is in `sent`, and in `raw` as it would travel; texts in `texts`.

    Like Twilio and unlike a mail server it takes a text twice when it is sent twice.
    """

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.raw: list[bytes] = []
        self.texts: list[OutgoingText] = []
        self._script: deque[TransportError | None] = deque()
        self._lost = 0

    def fail_next(self, *errors: TransportError | None) -> None:
        """Queue the outcome of the coming sends: an error is raised, None accepts; after that all is accepted."""
        self._script.extend(errors)

    def lose_next(self) -> None:
        """The next text is taken, and its answer lost."""
        self._lost += 1

    def send(self, message: OutgoingMessage | OutgoingText) -> str:
        """Keep one message; returns its Message-ID, for a text a number as Twilio's. Raises what was scripted."""
        if isinstance(message, OutgoingText):
            return self._send_text(message)
        raw = build_mime(message).as_bytes()
        self._play()
        self.sent.append(message)
        self.raw.append(raw)
        return message.message_id

    def find(self, text: OutgoingText, since: datetime, known: Collection[str]) -> str | None:
        """The number of a text that was taken, by our id."""
        number = _number(text)
        taken = any(kept.message_id == text.message_id for kept in self.texts)
        return number if taken and number not in known else None

    def _send_text(self, text: OutgoingText) -> str:
        checked(text)
        self._play()
        self.texts.append(text)
        if self._lost:
            self._lost -= 1
            raise OutcomeUnknown("The provider did not answer in time.")
        return _number(text)

    def _play(self) -> None:
        error = self._script.popleft() if self._script else None
        if error is not None:
            raise error


def _number(text: OutgoingText) -> str:
    return "SM" + hashlib.sha256(text.message_id.encode()).hexdigest()[:32]
