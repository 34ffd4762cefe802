"""What every store understands: bytes under a key, nothing public."""

from __future__ import annotations

import re
from typing import Protocol

from app.errors import DuelyError, NotFound, Unavailable

_KEY = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,79}/){1,6}[a-z0-9][a-z0-9_-]{0,127}\.[a-z0-9]{1,8}")
_LONGEST_KEY = 200


class FileMissing(NotFound):
    """This file is not in the store."""


class BadKey(DuelyError):
    """A file was asked for by a name that no file can have."""


class StorageError(Unavailable):
    """The store of files cannot be reached right now.

    `permanent` True means that the same call would fail again. `detail` is what the store said, for the log.
    """

    def __init__(self, reason: str, *, permanent: bool = False, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.detail = detail


class Storage(Protocol):
    """Keeps files by key, such as `<business>/<kind>/<hash>.pdf`.

    Keys are lower-case relative paths with an extension (`checked_key`); every method raises BadKey for others, and
    StorageError when the store cannot do its work. There are no addresses to hand out: whoever may see a file gets it
    through a page of ours.
    """

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep `content`, whole or not at all. Putting a key again replaces it."""
        ...

    def get(self, key: str) -> bytes:
        """The content, byte for byte. Raises FileMissing."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        ...

    def delete(self, key: str) -> None:
        """Take the file away; a file that is not there is no error."""
        ...


def checked_key(key: str) -> str:
    """The key itself when it is a relative path of harmless names. Raises BadKey."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadKey()
    return key
