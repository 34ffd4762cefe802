"""An event as it is told, and its signature. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

NAMES = {"client": "customer"}
"""What programs call kinds of objects, where it differs."""


def body_of(event: Any) -> bytes:
    """An event as it is told: `{"id", "type", "created_at", "data": {"object", "id", "customer_id", "facts"}}`."""
    said = {
        "id": str(event.id),
        "type": event.type,
        "created_at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {
            "object": NAMES.get(event.object_kind, event.object_kind),
            "id": str(event.object_id),
            "customer_id": None if event.client_id is None else str(event.client_id),
            "facts": event.facts,
        },
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def signature(secrets: Sequence[str], sent_at: int, body: bytes) -> str:
    """`t=seconds,v1=HMAC` over "seconds.body", one v1 for each secret: while one is replaced both are good."""
    signed = f"{sent_at}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={sent_at}", *(f"v1={mark}" for mark in marks)])
