"""Ways in which a call goes wrong. Those that begin with `accept` go wrong after the call has done its work."""

from __future__ import annotations

import json
from typing import Any

ANSWERS: dict[str, tuple[int, bytes, str]] = {
    "401": (401, b'{"status":false,"message":"Invalid key"}', "application/json"),
    "429": (429, b'{"status":false,"message":"Please wait a few minutes and try again."}', "application/json"),
    "500": (500, b'{"status":false,"message":"Server error"}', "application/json"),
    "503-html": (503, b"<h1>Service unavailable</h1>", "text/html"),
    "bad-json": (200, b'{"status":true,"data":{', "application/json"),
    "null": (200, b"null", "application/json"),
    "not-true": (200, b'{"status":"false","message":"Merchant is not active"}', "application/json"),
    "huge": (200, b'{"status":true,"message":"' + b"x" * 2_000_000 + b'"}', "application/json"),
}
"""Answers in place of the real one, before anything is done."""

STALLS = ("hang", "drip", "drip-headers")
AFTER = ("accept-and-hang", "accept-and-close", "accept-and-500", "slow", "wrong-types")
FAILURES = (*ANSWERS, *STALLS, "close", "redirect", *AFTER)


def with_wrong_types(answer: Any) -> bytes:
    """The same answer from a service that has lost its types: numbers as text, text as numbers, objects as lists."""
    return json.dumps(answer | {"message": 7, "data": _turned(answer.get("data"))}).encode()


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _turned(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_turned(inside) for inside in value]
    if isinstance(value, bool) or value is None:
        return {"is": value}
    return 7 if isinstance(value, str) else [value]
