"""Secrets of generated rows: the same for the same seed in one installation, and nobody outside can work them out."""

from __future__ import annotations

import base64
import hashlib
import hmac


class Secrets:
    """Derives secrets from the installation's own key, by a purpose that names what they are for."""

    def __init__(self, key: str, purpose: str) -> None:
        self._key = hmac.digest(key.encode(), purpose.encode(), hashlib.sha256)

    def token(self, what: str) -> str:
        """256 bits for an address, as customers' links have."""
        return base64.urlsafe_b64encode(self._bits(what)).rstrip(b"=").decode()

    def letters(self, what: str, length: int) -> str:
        """Up to 52 small letters and digits."""
        return base64.b32encode(self._bits(what)).decode().lower()[:length]

    def _bits(self, what: str) -> bytes:
        return hmac.digest(self._key, what.encode(), hashlib.sha256)
