"""PDFs as programs get them: the file, or the word that it is being drawn and when to ask again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from app.web.downloads import name_file
from app.web.envelope import accepted

PDF = "application/pdf"
LATER = {202: "It is being drawn: ask again in as many seconds as Retry-After says."}
"""What a PDF's operation answers besides."""
SECONDS = 2


def paper(find: Callable[[], bytes | None], ask: Callable[[], None], filename: str) -> Response:
    """What `find` finds; else `ask` has it drawn, and nobody waits for that here."""
    found = find()
    if found is None:
        ask()
        waiting = accepted(None, "The PDF is being drawn")
        waiting.headers["Retry-After"] = str(SECONDS)
        return waiting
    response = Response(found, mimetype=PDF)
    name_file(response, filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response
