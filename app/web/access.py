"""Who may open a route: declared beside it, checked in one place before anything else happens.

A route that declares nothing cannot be reached: forgetting fails closed, and a guard test names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden as HttpForbidden
from werkzeug.exceptions import Unauthorized

from app.auth.rules import Actor, NotAllowed, Role, ScopeMissing, at_least
from app.web import htmx

NO_GOOD = "This token is not known, has ended or was taken back."
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Anybody may open this route."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anybody who is signed in may open this route, whatever their role or business."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def requires(role: Role) -> Callable[[View], View]:
    """Only members of the current business with at least this role may open this route."""

    def mark(view: View) -> View:
        view.access = role  # type: ignore[attr-defined]
        return view

    return mark


def may(role: Role) -> bool:
    """Whether whoever is signed in has at least this role in the business they look at."""
    return at_least(current_user.role, role)


def is_api() -> bool:
    """Whether a program is asking: no cookie counts there, and every answer is JSON."""
    return for_programs(request.path)


def for_programs(path: str) -> bool:
    """Whether an address is one of the API."""
    return path.startswith("/api/")


def asks_for_permission() -> bool:
    """Whether a browser asks on behalf of another site's page whether it may ask; it never sends a token with that."""
    return request.method == "OPTIONS" and is_api()


def access_of(app: Flask, endpoint: str) -> str | None:
    """What a route declares: "public", "signed_in", a role, or None when it forgot to."""
    if endpoint == "static":
        return "public"
    return getattr(app.view_functions[endpoint], "access", None)


def _no_token() -> Unauthorized:
    """As RFC 6750 (3.1) has it: whoever brought a token is told that it is no good, others only how to bring one."""
    said = {"realm": "duely"}
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return Unauthorized(www_authenticate=WWWAuthenticate("bearer", said))
    return Unauthorized(NO_GOOD, www_authenticate=WWWAuthenticate("bearer", said | {"error": "invalid_token"}))


def enforce() -> ResponseReturnValue | None:
    """Before each request: let in, ask to sign in, or refuse."""
    if request.endpoint is None or asks_for_permission():
        return None
    access = access_of(current_app, request.endpoint)
    if access == "public":
        return None
    if access is None:
        raise HttpForbidden("this route does not say who may open it")
    if not current_user.is_authenticated:
        if is_api():
            raise _no_token()
        return htmx.signed_out()
    if access == "signed_in":
        return None
    if current_user.business_id is None:
        return redirect(url_for("auth.businesses"))
    if not at_least(current_user.role, access):  # type: ignore[arg-type]
        raise NotAllowed
    scope = getattr(current_app.view_functions[request.endpoint], "scope", "")
    if is_api() and scope and scope not in current_user.scopes:
        raise ScopeMissing(f"This token was made without a scope that this needs: {scope}.")
    return None


def actor() -> Actor:
    """The signed-in person as the actor that services receive."""
    me = current_user
    return Actor(
        "person",
        me.business_id,
        role=me.role,
        person_id=me.person_id,
        name=me.name,
        verified=me.verified,
        ip=client_ip(),
        request_id=g.get("request_id", ""),
        token=me.token,
    )


def client_ip() -> str:
    """The caller's address as far as the configured number of proxies can be trusted."""
    return request.remote_addr or ""
