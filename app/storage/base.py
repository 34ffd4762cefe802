"""What every store understands: bytes under a key, nothing public."""

from __future__ import annotations

import contextlib
import re
from typing import Protocol

from app.errors import DuelyError, NotFound, Unavailable

_KEY = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,79}/){1,6}[a-z0-9][a-z0-9_-]{0,127}\.[a-z0-9]{1,8}")
_LONGEST_KEY = 200
CHECK_KEY = "duely/check/first-page.pdf"
"""Where a store keeps the page it is tried with."""


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


class DeliveryRefused(StorageError):
    """The store takes files and does not hand them back."""


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

    def check(self, page: bytes) -> None:
        """Keep a one-page PDF, fetch it and take it away again. Raises as `prove` does."""
        ...


def checked_key(key: str) -> str:
    """The key itself when it is a relative path of harmless names. Raises BadKey."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise BadKey()
    return key


def prove(store: Storage, page: bytes) -> None:
    """Keep a one-page PDF in the store, fetch it and take it away again.

    Raises StorageError when it cannot be kept, DeliveryRefused when it is kept and not handed back.
    """
    store.put(CHECK_KEY, page, "application/pdf")
    try:
        _fetch(store, page)
    except StorageError:
        # What went wrong first is what matters.
        with contextlib.suppress(StorageError):
            store.delete(CHECK_KEY)
        raise
    store.delete(CHECK_KEY)


def _fetch(store: Storage, page: bytes) -> None:
    try:
        same = store.get(CHECK_KEY) == page
    except FileMissing as error:
        raise DeliveryRefused("The store does not have the file that it just took.") from error
    if not same:
        raise StorageError("The store handed back a different file than it was given.", permanent=True)
