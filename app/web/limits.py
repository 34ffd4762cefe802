"""Rate limits per minute: by session when signed in, by link on customers' pages, else by true address."""

from __future__ import annotations

import hashlib
import threading

from flask import Flask, Response, current_app, request, session
from flask_login import current_user
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage

from app.extensions import limiter
from app.web import identity
from app.web.access import asks_for_permission, client_ip, is_api
from config import Config

SWEEP_SECONDS = 10.0
REDIS_SECONDS = 0.1
"""How long a request waits for its counter before it is counted in memory."""
WAIT = "RateLimit-Wait"
"""Where the limiter says with every answer how long its window lasts; only who is refused has to wait for that."""
FREE = ("static", "health.", "payments.webhook", "demo_checkout.")


class KeptMemory(MemoryStorage):
    """Counters in this process. What has expired is dropped every ten seconds: the library starts a thread for that
    with nearly every request, which then walks through all of them."""

    STORAGE_SCHEME = ["kept-memory"]

    def _MemoryStorage__schedule_expiry(self) -> None:
        if not self.timer.is_alive():
            self.timer = threading.Timer(SWEEP_SECONDS, self._MemoryStorage__expire_events)
            self.timer.daemon = True
            self.timer.start()


def settings(config: Config) -> dict[str, object]:
    """Counters live in Redis when it is set, and in memory while it is down: never a 500."""
    options = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS, "wrap_exceptions": True}
    return {
        "RATELIMIT_ENABLED": config.rate_limits_enabled,
        "RATELIMIT_STORAGE_URI": _storage(config.redis_url),
        "RATELIMIT_STORAGE_OPTIONS": options if config.redis_url else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(config.redis_url),
        "RATELIMIT_HEADERS_ENABLED": True,
        "RATELIMIT_HEADER_LIMIT": "RateLimit-Limit",
        "RATELIMIT_HEADER_REMAINING": "RateLimit-Remaining",
        "RATELIMIT_HEADER_RESET": "RateLimit-Reset",
        "RATELIMIT_HEADER_RETRY_AFTER": WAIT,
        "RATELIMIT_HEADER_RETRY_AFTER_VALUE": "delta-seconds",
        "RATELIMIT_STRATEGY": "moving-window",
    }


def _storage(redis_url: str) -> str:
    """The address of the counters; what Redis calls unix:// is redis+unix:// there."""
    if not redis_url:
        return f"{KeptMemory.STORAGE_SCHEME[0]}://"
    return "redis+" + redis_url if redis_url.startswith("unix://") else redis_url


def install(app: Flask) -> None:
    """Bind the limiter; every route counts but static files, probes and gateways' webhooks."""
    # The limiter takes every failure while it asks for a key for one of its counters.
    app.before_request(identity.look)
    app.after_request(_say_when_to_come_again)
    app.extensions["duely_limits"] = {"key": key, "limit": default_limit}
    limiter.init_app(app)

    @limiter.request_filter
    def free() -> bool:
        return request.endpoint is None or request.endpoint.startswith(FREE) or asks_for_permission()


def _say_when_to_come_again(response: Response) -> Response:
    if (seconds := response.headers.pop(WAIT, "")) and response.status_code == 429:
        response.headers["Retry-After"] = seconds
    return response


def key() -> str:
    """What this request counts against."""
    if is_api():
        # Of all tokens that came of one: who makes more of them, or signs in anew with one, may not ask for more.
        return "token:" + str(current_user.family_id) if current_user.is_authenticated else address()
    if "sid" in session:
        return "session:" + _digest(session["sid"])
    token = (request.view_args or {}).get("token")
    if token and request.blueprint == "portal":
        return "link:" + _digest(token)
    return "address:" + client_ip()


def default_limit() -> str:
    """The limit of an ordinary request."""
    config: Config = current_app.config["DUELY"]
    known = current_user.is_authenticated if is_api() else "sid" in session or request.blueprint == "portal"
    return f"{config.rate_limit_authenticated if known else config.rate_limit_anonymous} per minute"


def login_limit() -> str:
    """Tries to sign in, by address."""
    return f"{current_app.config['DUELY'].rate_limit_login} per minute"


def reset_limit() -> str:
    """Requests for a password mail, by address."""
    return f"{current_app.config['DUELY'].rate_limit_reset} per minute"


def address() -> str:
    """The key of limits on doors: always the address."""
    return "address:" + client_ip()


def within_limit(what: str) -> bool:
    """Count one guess (a forged notice, a link that does not exist) against the caller's address, per minute.

    Returns whether that address still may; while the counters cannot be reached, it may.
    """
    config: Config = current_app.config["DUELY"]
    if not config.rate_limits_enabled:
        return True
    try:
        return bool(limiter.limiter.hit(RateLimitItemPerMinute(config.rate_limit_anonymous), what, address()))
    except StorageError:
        return True


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
