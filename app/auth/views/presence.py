"""When a session or a token was used last: noted at most every five minutes."""

from __future__ import annotations

from flask import session
from flask_login import current_user

from app import clock
from app.auth.service import api_tokens, people
from app.auth.views import blueprint
from app.web.access import is_api
from app.web.identity import SEEN_EVERY


@blueprint.before_app_request
def note_presence() -> None:
    """A session that is used does not idle out, and a token tells when it was used last."""
    if not (is_api() or "sid" in session) or not current_user.is_authenticated:
        return
    now, seen = clock.now(), current_user.seen_at
    if seen is None or now - seen > SEEN_EVERY:
        note = api_tokens.note_use if is_api() else people.touch
        note(current_user.session_id, now)
