"""A channel for tests: keeps what it accepted, fails when told to."""

from __future__ import annotations

from collections import deque

from app.messages.channels.base import OutgoingMessage, TransportError
from app.messages.channels.mime import build_mime


class MemoryChannel:
    """Accepts what a real server would accept. `sent` holds the messages, `raw` the same as they would travel."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.raw: list[bytes] = []
        self._script: deque[TransportError | None] = deque()

    def fail_next(self, *errors: TransportError | None) -> None:
        """Queue the outcome of the coming sends: an error is raised, None accepts; after that all is accepted."""
        self._script.extend(errors)

    def send(self, message: OutgoingMessage) -> str:
        """Keep one message and return its Message-ID. Raises what was scripted, or as `build_mime` does."""
        raw = build_mime(message).as_bytes()
        error = self._script.popleft() if self._script else None
        if error is not None:
            raise error
        self.sent.append(message)
        self.raw.append(raw)
        return message.message_id
