"""How a page speaks with htmx: whole page or fragment, toasts, events, redirects.

A plain request gets a whole page; a request that htmx makes for a part of a page gets that part. Both answers carry
`Vary: HX-Request`, so no cache can mix them up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from flask import Response, after_this_request, flash, make_response, redirect, render_template, request, session

ToastKind = Literal["ok", "bad"]
Event = str | Mapping[str, Any]

LOGIN = "/login/"
WAITING = 3
"""Toasts that wait for the next page. They travel in the cookie, and one that grows over 4 KB is thrown away."""


def is_fragment() -> bool:
    """True when htmx asks for a part of a page; boosted links and restored history want the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page_or_fragment(page: str, fragment: str, /, status: int = 200, **context: Any) -> Response:
    """Render `fragment` for htmx and `page` for everybody else, with the same context and status."""
    response = make_response(render_template(fragment if is_fragment() else page, **context), status)
    response.vary.add("HX-Request")
    return response


def invalid(page: str, fragment: str, /, **context: Any) -> Response:
    """The form again with its messages: 422 in both worlds, what was typed is kept by the form itself."""
    return page_or_fragment(page, fragment, 422, **context)


def redirect_to(url: str, toast: str | None = None, kind: ToastKind = "ok", undo_url: str | None = None) -> Response:
    """Send the browser to `url`: 303 after a plain POST, 200 with HX-Redirect for htmx, which cannot read a 3xx.

    `toast` is shown on the page that comes next.
    """
    if toast:
        _flash(toast, kind, undo_url)
    if is_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
    else:
        response = make_response(redirect(url, 303))
    response.vary.add("HX-Request")
    return response


def toast(message: str, kind: ToastKind = "ok", undo_url: str | None = None) -> None:
    """Tell the person one short thing: at once when htmx asked, else on the next page that is rendered.

    `undo_url` is posted to when the person presses Undo. A toast of kind "bad" stays until it is closed.
    """
    if not is_fragment():
        _flash(message, kind, undo_url)
        return

    @after_this_request
    def deliver(response: Response) -> Response:
        # The page is about to be left: the toast has to wait for the next one.
        if "HX-Redirect" in response.headers or "HX-Refresh" in response.headers:
            _flash(message, kind, undo_url)
            return response
        return trigger(response, {"toast": {"message": message, "kind": kind, "undo": undo_url}})


def trigger(response: Response, *events: Event) -> Response:
    """Add client-side events to a response: a name, or `{name: detail}` with a JSON detail. Earlier ones are kept."""
    found: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    for event in events:
        found.update({event: None} if isinstance(event, str) else event)
    # json.dumps writes ASCII only, which is all that an HTTP header may carry.
    response.headers["HX-Trigger"] = json.dumps(found)
    return response


def signed_out(next_url: str | None = None) -> Response:
    """Ask to sign in and come back: 401 with HX-Redirect for htmx, a redirect to the sign-in page for everybody else.

    Without `next_url` the person comes back to the page they see now.
    """
    wanted = safe_next(next_url if next_url is not None else here())
    url = LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='/')}"
    if is_fragment():
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url
    else:
        response = make_response(redirect(url, 302))
    response.vary.add("HX-Request")
    return response


def here() -> str:
    """Path and query of the page the person is looking at; "/" when the request was a POST."""
    if is_fragment():
        try:
            current = urlsplit(request.headers.get("HX-Current-URL", ""))
        except ValueError:
            return "/"
        return f"{current.path}?{current.query}" if current.query else current.path
    if request.method not in ("GET", "HEAD"):
        return "/"
    return request.full_path.rstrip("?")


def safe_next(url: str | None, default: str = "/") -> str:
    """`url` when it is a path on this site, else `default`.

    Refused are other hosts in every spelling browsers understand: `//host`, `/\\host`, schemes, control characters.
    """
    if not url or not url.startswith("/") or url.startswith("//") or "\\" in url:
        return default
    if any(ord(char) < 32 or ord(char) == 127 for char in url):
        return default
    return url


def _flash(message: str, kind: ToastKind, undo_url: str | None) -> None:
    # Whoever is quicker than the next page, or presses twice, reads the same once.
    waiting = session.get("_flashes", [])
    session["_flashes"] = [one for one in waiting if one[1] != {"message": message, "undo": undo_url}]
    flash({"message": message, "undo": undo_url}, kind)  # type: ignore[arg-type]  # the session holds any JSON
    session["_flashes"] = session["_flashes"][-WAITING:]
