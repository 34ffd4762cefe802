"""What every answer of the API carries, and who may ask from a page of another site."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, request

from app import clock
from app.web.access import is_api
from config import Config

VERSION = "2026-11-28"
"""The day on which the API changed last in a way that a program might notice; docs/api/changelog.md says how."""
VERSIONS = (VERSION,)
EXPOSED = "API-Version, Deprecation, ETag, Idempotency-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, "
EXPOSED += "RateLimit-Reset, Retry-After, Server-Timing, Sunset, X-Request-ID"
ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-Match, API-Version"


def install(app: Flask, config: Config) -> None:
    """Give answers under /api/ their headers."""
    app.config["API_ORIGINS"] = frozenset(config.api_cors_origins)
    app.after_request(_adjust)


def _adjust(response: Response) -> Response:
    if not is_api():
        return response
    headers = response.headers
    headers["API-Version"] = VERSION
    headers["Server-Timing"] = f"app;dur={(time.perf_counter() - g.get('started', time.perf_counter())) * 1000:.1f}"
    view = current_app.view_functions.get(request.endpoint or "")
    if (declared := getattr(view, "operation", None)) is not None and declared.deprecated is not None:
        headers.update(declared.deprecated.headers)
    if (reset := headers.get("RateLimit-Reset", "")).isdigit():
        # The limiter says at which second; programs are told in how many, as the header's draft has it.
        headers["RateLimit-Reset"] = str(max(0, int(reset) - int(clock.now().timestamp())))
    allowed, origin = current_app.config["API_ORIGINS"], request.headers.get("Origin")
    if allowed:
        headers.add("Vary", "Origin")
    if origin and origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Headers"] = ALLOWED
            headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            headers["Access-Control-Max-Age"] = "600"
    return response
