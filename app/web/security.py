"""Doors: proxies, hosts, cookies, headers, content policy."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, g
from werkzeug.middleware.proxy_fix import ProxyFix

from app.extensions import csrf, talisman
from app.web import access, identity
from config import Config

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def settings(config: Config) -> dict[str, object]:
    """Flask settings that have to do with safety."""
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "__Host-duely" if config.https else "duely",
        "SESSION_COOKIE_SECURE": config.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": True,
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 6000,
        "TRUSTED_HOSTS": list(config.allowed_hosts) or None,
    }


def install(app: Flask, config: Config) -> None:
    """Order matters: who may come, and whose forms they hold, comes before CSRF; our headers after Talisman's."""
    if config.trusted_proxies:
        n = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.before_request(access.enforce)
    app.before_request(identity.keep_forms_apart)
    app.after_request(_adjust)
    csrf.init_app(app)
    talisman.init_app(
        app,
        force_https=False,
        strict_transport_security=config.https,
        strict_transport_security_max_age=31536000,
        session_cookie_secure=config.https,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        referrer_policy="strict-origin-when-cross-origin",
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["script-src", "style-src"],
    )


def allow_form_action(*origins: str) -> None:
    """Let forms of this answer lead to other origins (Chromium applies the policy to the redirect, too)."""
    g.form_action = (*g.get("form_action", ()), *origins)


def keep_token_private() -> None:
    """Token pages: the address stays on this site, yet a form still tells its origin (CSRF over https needs it)."""
    g.referrer_policy = "same-origin"


def allow_frames() -> None:
    """Let this page show other answers of this site in frames."""
    g.frames = True


def allow_framing() -> None:
    """Let this answer be shown in a frame on a page of this site."""
    g.framed = True


def _adjust(response: Response) -> Response:
    origins = g.get("form_action", ())
    policy = response.headers.get("Content-Security-Policy")
    if origins and policy:
        allowed = "form-action 'self' " + " ".join(sorted(set(origins)))
        response.headers["Content-Security-Policy"] = policy.replace("form-action 'self'", allowed)
    policy = response.headers.get("Content-Security-Policy", "")
    if policy and g.get("frames"):
        response.headers["Content-Security-Policy"] = policy + "; frame-src 'self'"
    if policy and g.get("framed"):
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    if "referrer_policy" in g:
        response.headers["Referrer-Policy"] = g.referrer_policy
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
