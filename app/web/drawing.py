"""A file that may still have to be drawn: asked for, and looked for a moment before anybody is told to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from app.extensions import db

PAUSES = (0.2, 0.3, 0.5, 1.0, 1.0)
"""Seconds between looks for a file that is being drawn: three in all."""
MOST_TRIES = 15
"""How often a page asks again by itself before it says that something is wrong."""


def drawn(find: Callable[[], bytes | None], ask: Callable[[], None]) -> bytes | None:
    """What `find` finds, after `ask` had it drawn if need be; None while that takes longer."""
    found = find()
    if found is not None:
        return found
    ask()
    for pause in PAUSES:
        # The database is let go of while waiting.
        db.session.rollback()
        time.sleep(pause)
        found = find()
        if found is not None:
            return found
    return None


def come_again(template: str, again: Callable[[int], str], **context: Any) -> Response:
    """A page that loads `again(number of tries)` by itself, without a script; 503 once it gave up (`given_up`)."""
    tried = request.args.get("tried", 0, type=int)
    given_up = not 0 <= tried < MOST_TRIES
    waiting = make_response(render_template(template, given_up=given_up, **context), 503 if given_up else 202)
    if not given_up:
        waiting.headers["Refresh"] = f"2; url={again(tried + 1)}"
    return waiting
