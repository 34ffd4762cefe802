"""A store for tests: files in a dictionary."""

from __future__ import annotations

from app.storage.base import FileMissing, checked_key, prove


class MemoryStorage:
    """Keeps files as long as it lives. `types` remembers each content type."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.types: dict[str, str] = {}

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep a copy of the content."""
        self.files[checked_key(key)] = bytes(content)
        self.types[key] = content_type

    def get(self, key: str) -> bytes:
        """The content. Raises FileMissing."""
        try:
            return self.files[checked_key(key)]
        except KeyError as error:
            raise FileMissing() from error

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return checked_key(key) in self.files

    def delete(self, key: str) -> None:
        """Forget the file."""
        self.files.pop(checked_key(key), None)
        self.types.pop(key, None)

    def check(self, page: bytes) -> None:
        """Keep a page and forget it again."""
        prove(self, page)
