"""One place that turns errors into answers: pages, fragments or JSON, by path; never a trace."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask.globals import request_ctx
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app import errors
from app.extensions import db
from app.web import htmx
from app.web.access import is_api
from app.web.envelope import refused

STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Invalid, 422),
    (errors.Unavailable, 503),
    (StaleDataError, 409),
    (OperationalError, 503),
    (InterfaceError, 503),
)

# Where customers come without signing in: their error page knows no business and says what became of their money.
CUSTOMERS = ("/i/", "/c/", "/u/", "/payment/")

log = structlog.get_logger("duely.web")


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(errors.DuelyError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: Exception) -> int:
    """The HTTP status an error stands for; 500 when nothing better is known."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def answer(status: int, sentence: str = "", **facts: Any) -> Response:
    """An error page, fragment or envelope with a sentence and the request's id as reference."""
    reference = g.get("request_id", "")
    if is_api():
        return refused(status, sentence, reference, facts.get("code", ""), facts.get("errors"), facts.get("current"))
    if request.path.startswith(CUSTOMERS):
        template = "portal/error.html"
    else:
        template = "errors/_error.html" if htmx.is_fragment() else "errors/error.html"
    g.skip_identity = status >= 500
    if g.skip_identity:
        # Rendering asks who is signed in; when the database is what failed, asking again would end in no page at all.
        g._login_user = AnonymousUserMixin()
    page = render_template(template, code=status, what=sentence or None, reference=reference, **facts)
    response = make_response(page, status)
    response.headers.add("Vary", "HX-Request")
    return response


def _domain(error: errors.DuelyError) -> Response:
    response = answer(status_of(error), str(error), **(_for_programs(error) if is_api() else {}))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _for_programs(error: errors.DuelyError) -> dict[str, Any]:
    """What an error tells besides its sentence: the code of its kind, sentences for fields."""
    return {"code": error.code, "errors": error.errors if isinstance(error, errors.Invalid) else {}}


def _csrf(error: CSRFError) -> Response:
    why = "it was open for very long, or you went over to another business since"
    return answer(400, f"This form lost its key: {why}. Reload the page, look, and send it again.")


def _http(error: HTTPException) -> Response:
    if request_ctx.url_adapter is None:
        # The Host header was refused before there was a route: no page could make an address of ours.
        return Response("This server does not answer under that name.\n", 400, content_type="text/plain")
    # What a program sent wrong is said in words of ours; what werkzeug says of itself is for nobody.
    ours = is_api() and error.code in (400, 401, 415) and error.description != type(error).description
    response = answer(error.code or 500, error.description or "" if ours else "")
    for name, value in error.get_headers():
        if name.lower() in ("retry-after", "allow", "location", "www-authenticate"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    status = status_of(error)
    db.session.rollback() if _alive() else db.session.remove()
    if status == 500:
        log.exception("request.failed", error=type(error).__name__)
    else:
        log.warning("request.refused", error=type(error).__name__, status=status)
    sentence = "Somebody else changed this in the meantime. Reload and look before you save." if status == 409 else ""
    return answer(status, sentence)


def _alive() -> bool:
    try:
        db.session.rollback()
    except DBAPIError:
        return False
    return True
