"""Keeping a session alive while it is used: noted at most every five minutes."""

from __future__ import annotations

from flask import session
from flask_login import current_user

from app import clock
from app.auth.service import people
from app.auth.views import blueprint
from app.web.identity import SEEN_EVERY


@blueprint.before_app_request
def note_presence() -> None:
    """A session that is used does not idle out."""
    if "sid" not in session or not current_user.is_authenticated:
        return
    now = clock.now()
    if now - current_user.seen_at > SEEN_EVERY:
        people.touch(current_user.session_id, now)
