"""The PDF of an invoice for its customer."""

from __future__ import annotations

import time

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from app import clock
from app.extensions import db
from app.invoices.printing import pdf_filename
from app.invoices.service.printing import find_printed, request_pdf
from app.portal.queries import Opened
from app.portal.views import blueprint
from app.portal.views.doorway import enter, letterhead
from app.portal.views.paying import refreshing
from app.web.access import public
from app.web.downloads import name_file

PAUSES = (0.2, 0.3, 0.5, 1.0, 1.0)
"""Seconds between looks for a file that is being drawn: three in all."""


@blueprint.get("/i/<token>/pdf/")
@public
def pdf(token: str) -> ResponseReturnValue:
    """The file, or a page that looks for it again while it is drawn."""
    opened = enter(token)
    found = _find(opened)
    if found is None:
        request_pdf(opened.link.business_id, opened.document.id, clock.now())
        found = _wait(opened)
    if found is None:
        return refreshing("portal/drawing.html", waiting=True, **letterhead(enter(token)))
    response: Response = make_response(found)
    response.mimetype = "application/pdf"
    name_file(response, pdf_filename(opened.document.number or ""))
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response


def _find(opened: Opened) -> bytes | None:
    return find_printed(opened.link.business_id, opened.document.id, clock.now())


def _wait(opened: Opened) -> bytes | None:
    """Look a few times; the database is let go of in between."""
    for pause in PAUSES:
        db.session.rollback()
        time.sleep(pause)
        found = _find(opened)
        if found is not None:
            return found
    return None
