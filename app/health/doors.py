"""Who may ask for details, and probes that know the server by its address only."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from flask import Flask, current_app, request

from config import Config

PATHS = ("/health/", "/metrics")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


def refusal() -> int | None:
    """The status that refuses this request, or None for who has METRICS_TOKEN.

    Without a token only this machine itself is let in, and never in production: then there is nothing here.
    """
    config: Config = current_app.config["DUELY"]
    if config.metrics_token:
        given = (request.authorization.token if request.authorization else None) or ""
        return None if hmac.compare_digest(given.encode(), config.metrics_token.encode()) else 401
    return None if _from_this_machine() and not config.production else 404


def _from_this_machine() -> bool:
    """A proxy on this machine connects from it, too: what it forwards does not count."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class AnyHost:
    """Probes call the server by its address; their paths are answered whatever the Host header says."""

    def __init__(self, app: Callable[..., Iterable[bytes]], hosts: tuple[str, ...]) -> None:
        self.app, self.host = app, hosts[0].lstrip(".")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(PATHS):
            environ["HTTP_HOST"] = self.host
            environ.pop("HTTP_X_FORWARDED_HOST", None)
        return self.app(environ, start_response)


def install(app: Flask, config: Config) -> None:
    """Answer probes under any host name; no other path is touched."""
    if config.allowed_hosts:
        app.wsgi_app = AnyHost(app.wsgi_app, config.allowed_hosts)  # type: ignore[method-assign]
