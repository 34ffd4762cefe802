"""Finding among Twilio's messages the one whose answer was lost."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from app.messages.channels.base import TransportError
from app.messages.channels.texts import ReadyText, spaced

CLOCKS = timedelta(minutes=5)
"""How far Twilio's clock and ours may be apart."""

_TRIAL = "Sent from your Twilio trial account - "


@dataclass
class Search:
    """Looks at one message after another; Twilio lists the newest first, and the oldest that fits is ours.

    `to` and `sender` are addresses as Twilio writes them, `since` and `known` as in `TextChannel.find`.
    """

    wanted: ReadyText
    to: str
    sender: str
    since: datetime
    known: Collection[str]
    _same: list[str] = field(default_factory=list)
    _similar: list[str] = field(default_factory=list)
    _unreadable: int = 0

    def filters(self, page_size: int) -> dict[str, object]:
        """What to ask Twilio for."""
        return {"To": self.to, "From": self.sender, "PageSize": page_size}

    def read_page(self, text: str) -> str | None:
        """Take one page of Twilio's list into account; returns the path of the next page, None after the last.

        Raises ValueError, TypeError or LookupError for a page of which anything cannot be read.
        """
        page = json.loads(text)
        messages, following = page["messages"], page["next_page_uri"]
        if not isinstance(messages, list):
            raise TypeError("a page that is none")
        for message in messages:
            self._look_at(message)
        return None if following is None else _path(following)

    def _look_at(self, message: dict[str, object]) -> None:
        sid, to, sender, body = (message[name] for name in ("sid", "to", "from", "body"))
        if not (isinstance(sid, str) and isinstance(to, str) and isinstance(sender, str)):
            raise TypeError("a message without number, receiver or sender")
        if sid in self.known or (to, sender) != (self.to, self.sender):
            return
        if parsedate_to_datetime(str(message["date_created"])) < self.since - CLOCKS:
            return
        if not isinstance(body, str):
            self._unreadable += 1
        elif spaced(body).removeprefix(_TRIAL) == spaced(self.wanted.body):
            self._same.append(sid)
        elif self.wanted.content_sid and self._holds_every_variable(spaced(body)):
            self._similar.append(sid)

    def result(self) -> str | None:
        """The message that is ours. Raises TransportError when one that may be it hides its text."""
        found = self._same or self._similar
        if found:
            return found[-1]
        if self._unreadable:
            raise TransportError("Twilio does not show what it sent to this number.", permanent=False)
        return None

    def _holds_every_variable(self, body: str) -> bool:
        values = [value for _, value in self.wanted.variables]
        return bool(values) and all(re.search(_whole(value), body) for value in values)


def _whole(value: str) -> str:
    """A pattern for a value whose digits do not go on: INV-1 is not in a text about INV-10."""
    before = r"(?<!\d)" if value[0].isdigit() else ""
    after = r"(?!\d)" if value[-1].isdigit() else ""
    return before + re.escape(value) + after


def _path(uri: object) -> str:
    """Only a path: an address elsewhere must not get our login. Raises TypeError."""
    if not isinstance(uri, str) or not uri.startswith("/") or uri.startswith("//"):
        raise TypeError("a next page that is elsewhere")
    return uri
