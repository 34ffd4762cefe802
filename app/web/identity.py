"""Who is asking: the signed cookie carries a secret, the session row behind it says whose it is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask, Request, current_app, g, request, session
from flask_login import AnonymousUserMixin, current_user

from app import clock
from app.auth.rules import token_hash
from app.extensions import login_manager
from app.web.access import is_api

SEEN_EVERY = timedelta(minutes=5)
LIKE_A_TOKEN = re.compile(r"duely_[A-Za-z0-9_-]{43}").fullmatch


def install(app: Flask) -> None:
    """Teach flask-login to find the person, and templates to know `me`."""
    login_manager.request_loader(_load)
    # Neither its own mark in the cookie nor its cookie for being remembered: a session of ours is a row.
    login_manager.session_protection = None
    app.config["REMEMBER_COOKIE_NAME"] = "__Host-duely-never"
    app.context_processor(_context)
    app.before_request(_locale)


def look() -> None:
    """Find out who a program is before anything else asks: a failure here is the database's, and no one else's."""
    if is_api() and request.endpoint is not None:
        current_user.is_authenticated  # noqa: B018 - read for its effect


def remember(token: str) -> None:
    """Start a fresh cookie that carries this session's secret; nothing of the old cookie survives."""
    session.clear()
    session["sid"] = token
    session.permanent = True


def keep_forms_apart() -> None:
    """Before each request, and before a form's key is looked at: a key made while another business was open is none.

    Whose the key is stands beside it in the cookie, so that an older cookie that comes back late brings no old form
    with it.
    """
    me = current_user
    if is_api() or not me.is_authenticated:
        return
    whose = me.business_id.hex if me.business_id else ""
    if session.get("forms_of") != whose:
        session.pop("csrf_token", None)
        session["forms_of"] = whose


def _load(asking: Request) -> Any:
    if is_api():
        return _by_token(asking) if asking.endpoint is not None else None
    token = session.get("sid")
    # A probe asks whether the process lives, so it must not depend on the database because a browser sent its cookie.
    if not token or asking.blueprint == "health":
        return None
    found = current_app.extensions["duely_identity"](token_hash(token), clock.now())
    if found is None:
        session.pop("sid", None)
    return found


def _by_token(asking: Request) -> Any:
    given = asking.authorization
    if given is None or given.type != "bearer" or not LIKE_A_TOKEN(given.token or ""):
        return None
    return current_app.extensions["duely_token_identity"](token_hash(given.token), clock.now())


def _locale() -> None:
    me = current_user
    if me.is_authenticated:
        g.locale, g.timezone = me.locale, me.timezone


def _context() -> dict[str, Any]:
    if g.get("skip_identity"):
        return {"me": None}
    # Not the proxy: a page asks for `me` dozens of times, and each time it would look for the request again.
    me = current_user._get_current_object()
    return {"me": None if me is None or isinstance(me, AnonymousUserMixin) or not me.is_authenticated else me}
