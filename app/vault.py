"""Secrets at rest: encrypted with the newest of ENCRYPTION_KEYS, readable with any of them."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


class Unreadable(RuntimeError):
    """A stored secret cannot be read with any of the configured ENCRYPTION_KEYS."""


def seal(text: str) -> str:
    """Encrypt a secret for storage."""
    return _box().encrypt(text.encode()).decode()


def unseal(stored: str) -> str:
    """Decrypt a stored secret. Raises Unreadable when the key it was sealed with is gone."""
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in current_app.config["DUELY"].encryption_keys])
