"""What is asked about background work."""

from __future__ import annotations

from flask_wtf import FlaskForm

from app.web.fields import Text


class DiscardForm(FlaskForm):
    """Why a piece of work is never to be done."""

    reason = Text("Reason", 300, required="Say why, for your own records.")
