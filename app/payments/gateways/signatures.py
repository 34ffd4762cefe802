"""Signed notices: HMAC over the raw body."""

import hashlib
import hmac
from collections.abc import Mapping

from app.payments.gateways.errors import BadSignature


def sign(secret: str, raw: bytes) -> str:
    """The lower-case hexadecimal HMAC-SHA512 of `raw`."""
    return hmac.new(secret.encode(), raw, hashlib.sha512).hexdigest()


def check(secret: str, raw: bytes, headers: Mapping[str, str], header: str) -> None:
    """Raise BadSignature unless `header` carries the signature of exactly these bytes."""
    # Bytes, because compare_digest raises TypeError for a str that is not ASCII.
    given = _find(headers, header).encode("utf-8", "replace")
    if not hmac.compare_digest(given, sign(secret, raw).encode()):
        raise BadSignature


def _find(headers: Mapping[str, str], wanted: str) -> str:
    for name, value in headers.items():
        if name.lower() == wanted:
            return value
    return ""
