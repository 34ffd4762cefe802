"""Days, moments and ids of generated rows, as the database takes them: text, and the same for the same seed. Pure."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (UTC throughout, written without its offset as the columns take it)
_VARIANT = 1 << 63


def stamp(ms: int) -> str:
    """A moment (milliseconds since 1970, UTC) as text: "2026-05-04 08:03:11.000000"."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(" ", "microseconds")


def instant(ms: int) -> datetime:
    """The same moment as an aware instant."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def at(day: date, second: int, zone: ZoneInfo) -> int:
    """The moment `second` seconds after midnight of a day on the wall of a zone, in milliseconds since 1970."""
    return _midnight(day, zone) + second * 1000


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp()) * 1000


class Ids:
    """Makes UUIDv7 of given moments from a seeded source: 32 hex digits, ascending within 4096 of one moment."""

    def __init__(self, chance: random.Random) -> None:
        self._bits = chance.getrandbits
        self._count = 0

    def restart(self) -> None:
        """Begin to count anew, so that what is made next for one moment is in order."""
        self._count = 0

    def text(self, ms: int) -> str:
        """An id of that moment as 32 hex digits."""
        self._count = (self._count + 1) & 0xFFF
        return f"{ms:012x}7{self._count:03x}{_VARIANT | self._bits(62):016x}"

    def uuid(self, ms: int) -> uuid.UUID:
        """An id of that moment."""
        return uuid.UUID(self.text(ms))
