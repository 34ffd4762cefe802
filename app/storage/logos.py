"""Logos as pages and mails show them. Paper uses the larger one that is kept."""

from __future__ import annotations

from functools import lru_cache

from app.storage.images import for_screens
from app.storage.registry import storage


@lru_cache(maxsize=256)
def screen_logo(key: str) -> bytes:
    """A kept logo as a PNG of at most 15,000 bytes, drawn once: its key names its content. Raises FileMissing."""
    return for_screens(storage().get(key))
