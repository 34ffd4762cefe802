"""Passwords: what is good enough, and how they are kept (argon2id)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.auth.rules import email_key

SHORTEST, LONGEST = 10, 200

# OWASP's second choice: strong enough, and eight sign-ins at once need 150 MB instead of half a gigabyte.
ROUNDS, KIBIBYTES = 2, 19456
_HASHER = PasswordHasher(ROUNDS, KIBIBYTES, 1)


def problem(password: str, email: str = "") -> str | None:
    """Why a new password will not do, as a sentence, or None when it will."""
    folded, address = password.casefold(), email_key(email)
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if address and folded in (address, address.partition("@")[0], address.replace("@", "")):
        return "This is your e-mail address. Choose something others do not know."
    if folded in _common() or len(set(folded)) < 5:
        return "Too many people use this password. Choose another, such as a few words in a row."
    return None


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; without a stored one it takes as long and is never right."""
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a stored hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    # The commonest of at least ten characters in published leaks; shorter ones are refused for their length.
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split())


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody in particular")
