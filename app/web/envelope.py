"""The one envelope of every JSON answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    412: "precondition_failed",
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
    405: "This address does not take that method: Allow names those that it takes.",
    413: "This is too large: the body of a request has at most 256 KB, a file what its operation says.",
    429: "Too many requests. Wait as long as Retry-After says.",
    503: "Duely cannot answer at the moment. Try again in a little while.",
    500: "Something went wrong on our side. It was noted under this request's id.",
}


def told(data: Any, message: str = "OK", status: int = 200, pagination: Mapping[str, Any] | None = None) -> Response:
    """What was asked for. An object that carries a version has it as its ETag, too."""
    more = {} if pagination is None else {"pagination": pagination}
    answer = _sent(status, success=True, message=message, data=data, **more)
    if isinstance(data, dict) and isinstance(data.get("version"), int):
        answer.headers["ETag"] = f'"{data["version"]}"'
    return answer


def made(data: Any, location: str, message: str = "Created") -> Response:
    """Something new, and where it is."""
    answer = told(data, message, 201)
    answer.headers["Location"] = location
    return answer


def accepted(data: Any, message: str = "Accepted") -> Response:
    """Work that was noted and is done by and by."""
    return told(data, message, 202)


def several(results: Sequence[Any], message: str = "See each result") -> Response:
    """What became of each of several things."""
    return told(list(results), message, 207)


def said(message: str) -> Response:
    """That it was done, where there is nothing to show."""
    return told(None, message)


def refused(
    status: int,
    sentence: str,
    request_id: str,
    code: str = "",
    errors: Mapping[str, Sequence[str]] | None = None,
    current: Any = None,
) -> Response:
    """Why not, in a word for programs and a sentence for people."""
    sentence = sentence or SENTENCES.get(status) or f"{HTTPStatus(status).description or HTTPStatus(status).phrase}."
    code = code or CODES.get(status, "bad_request" if status < 500 else "server_error")
    body = {"message": sentence, "code": code, "errors": dict(errors or {}), "request_id": request_id}
    return _sent(status, success=False, **body, **({} if current is None else {"current": current}))


def _sent(status: int, **body: Any) -> Response:
    body["timestamp"] = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # In the order people write it: whether it worked comes first.
    text = current_app.json.dumps(body, sort_keys=False) + "\n"
    return Response(text, status, {"Cache-Control": "no-store"}, content_type="application/json")
