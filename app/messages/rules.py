"""How far a message got, what a receipt changes about that, and when what goes out by itself has to wait. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.messages.kinds import KINDS as WORDED

CHANNELS: Mapping[str, str] = {"email": "E-mail", "whatsapp": "WhatsApp", "sms": "SMS"}
NOUNS: Mapping[str, str] = {"email": "e-mail", "whatsapp": "WhatsApp message", "sms": "SMS"}
"""What one message by a channel is called."""
STATES: Mapping[str, str] = {
    "queued": "In the outbox",
    "unknown": "Not known",
    "sent": "Sent",
    "delivered": "Delivered",
    "read": "Read",
    "failed": "Not sent",
    "cancelled": "Not needed any more",
}
TAKEN_OVER = "taken-over"
"""Not a state: what failed, and another channel took over from it."""
KINDS: Mapping[str, str] = {name: kind.title for name, kind in WORDED.items()} | {
    "statement": "Statement",
    "card_problem": "About a saved card",
    "cuts_held": "Services that wait to be cut",
}
"""What messages are about: to clients, but for those that tell the owners of something."""
NEEDS_CONSENT = ("whatsapp", "sms")
"""Nobody is written to there before they agreed."""

_RANK = {"queued": 0, "unknown": 1, "sent": 2, "delivered": 3, "read": 4, "cancelled": 5, "failed": 6}
"""A message only ever moves up, so that receipts may come in any order and as often as they like."""

TRANSIENT = ("queued", "unknown")
"""States in which a message has not left yet, as far as is known."""


def by(channel: str) -> str:
    """How something goes by a channel, in words: "by SMS"."""
    return f"by {'e-mail' if channel == 'email' else CHANNELS.get(channel, channel)}"


def states_below(state: str) -> tuple[str, ...]:
    """The states from which a message may move on to `state`; what was cancelled never left and moves no more."""
    return tuple(name for name, rank in _RANK.items() if rank < _RANK[state] and name != "cancelled")


def moved(state: str, receipts: Iterable[str]) -> str:
    """Where a message stands after these receipts, whatever their order."""
    return max((state, *receipts), key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Face:
    """A message as one channel takes it. `recipients` are (name, address or E.164 number) pairs.

    `attachments` are for mail; `media` names a file that a phone fetches by a link of ours. `content_sid` and
    `variables` are an approved WhatsApp template and what fills it. `unsubscribe` is an address that ends reminders.
    """

    channel: str
    recipients: tuple[tuple[str, str], ...]
    text: str
    subject: str = ""
    html: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    media: Mapping[str, Any] | None = None
    content_sid: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    unsubscribe: str = ""

    def stored(self) -> dict[str, Any]:
        """As it stands in a message's `extras` until its turn comes."""
        return {
            "channel": self.channel,
            "recipients": [list(pair) for pair in self.recipients],
            "text": self.text,
            "subject": self.subject,
            "html": self.html,
            "attachments": [dict(one) for one in self.attachments],
            "media": dict(self.media) if self.media else None,
            "content_sid": self.content_sid,
            "variables": [list(pair) for pair in self.variables],
            "unsubscribe": self.unsubscribe,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Face:
        """Back from what `stored` made."""
        pairs = {name: tuple((one[0], one[1]) for one in stored[name]) for name in ("recipients", "variables")}
        return cls(**{**stored, **pairs, "attachments": tuple(stored["attachments"])})


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about and in whose name it goes out; `form_id` is that of the form that asked for it."""

    kind: str
    object_kind: str = ""
    object_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None
    reply_to: str = ""
    sender_name: str = ""
    form_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody may be written to: `channels` in their order, only those they agreed to and have an address for."""

    name: str
    emails: tuple[tuple[str, str], ...] = ()
    phone: str = ""
    channels: tuple[str, ...] = field(default=("email",))

    def recipients(self, channel: str) -> tuple[tuple[str, str], ...]:
        """(name, address) pairs of a channel."""
        if channel == "email":
            return self.emails
        return ((self.name, self.phone),) if self.phone else ()


def usable(order: Sequence[str], consents: Mapping[str, Any], *, emails: Sequence[Any], phone: str) -> tuple[str, ...]:
    """The channels of an order that may be used: there is an address, and consent where it takes one.

    A consent counts for the number it was given for: {channel: {"to": number, "on": date}}.
    """
    there = {"email": bool(emails), "whatsapp": bool(phone), "sms": bool(phone)}
    return tuple(
        channel
        for channel in order
        if there.get(channel) and (channel not in NEEDS_CONSENT or agreed(consents, channel, phone))
    )


def agreed(consents: Mapping[str, Any], channel: str, number: str) -> bool:
    """Whether somebody agreed to be written to at this number by this channel."""
    return bool(number) and dict(consents.get(channel) or {}).get("to") == number


def after_quiet(now: datetime, timezone: str, quiet_from: int, quiet_until: int) -> datetime:
    """`now`, or the end of the quiet hours it lies in (hours on the wall of an IANA zone; equal ones mean none).

    Where clocks are changed at that hour, the first moment that is not quiet.
    """
    zone = ZoneInfo(timezone)
    there = now.astimezone(zone)
    if not is_quiet(there.hour, quiet_from, quiet_until):
        return now
    day = there.date() if there.hour < quiet_until else there.date() + timedelta(days=1)
    end = datetime.combine(day, time(quiet_until), zone).astimezone(now.tzinfo)
    return max(end, now)


def is_quiet(hour: int, begin: int, end: int) -> bool:
    """Whether an hour of the day lies in the quiet hours; equal ends mean that there are none."""
    if begin == end:
        return False
    return begin <= hour < end if begin < end else hour >= begin or hour < end
