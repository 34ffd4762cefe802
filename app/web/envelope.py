"""The one envelope of every JSON answer."""

from __future__ import annotations

from datetime import UTC
from http import HTTPStatus
from typing import Any

from flask import Response, current_app

from app import clock

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "validation_error",
    429: "rate_limited",
    503: "unavailable",
}
"""What programs read; every other failure is a "server_error" of ours."""
SENTENCES = {
    401: "Sign in with a token: Authorization: Bearer duely_...",
    404: "There is nothing here that this token may see.",
    429: "Too many requests. Wait as long as Retry-After says.",
    503: "Duely cannot answer at the moment. Try again in a little while.",
    500: "Something went wrong on our side. It was noted under this request's id.",
}


def told(data: Any, message: str = "OK", status: int = 200) -> Response:
    """What was asked for."""
    return _sent(status, success=True, message=message, data=data)


def refused(status: int, sentence: str, request_id: str) -> Response:
    """Why not, in a word for programs and a sentence for people."""
    sentence = sentence or SENTENCES.get(status) or f"{HTTPStatus(status).description or HTTPStatus(status).phrase}."
    code = CODES.get(status, "bad_request" if status < 500 else "server_error")
    return _sent(status, success=False, message=sentence, code=code, errors={}, request_id=request_id)


def _sent(status: int, **body: Any) -> Response:
    body["timestamp"] = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # In the order people write it: whether it worked comes first.
    text = current_app.json.dumps(body, sort_keys=False) + "\n"
    return Response(text, status, {"Cache-Control": "no-store"}, content_type="application/json")
