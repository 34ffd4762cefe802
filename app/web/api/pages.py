"""The document itself, the explorer and the collection for Postman."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, render_template, request

from app.web.access import public
from app.web.api import document, postman

blueprint = Blueprint("api_pages", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI document."""
    return _kept(document.text())


@blueprint.get("/postman.json")
@public
def collection() -> Response:
    """The same for Postman."""
    return _kept(postman.text())


@blueprint.get("/docs/")
@public
def explorer() -> str:
    """Try what the API can, with a token, in a browser."""
    return render_template("api/explorer.html")


def _kept(text: str) -> Response:
    response = Response(text, content_type="application/json")
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "public, max-age=300"
    return response.make_conditional(request)
