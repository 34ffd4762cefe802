"""Why something was done to an invoice that its record has to explain later."""

from __future__ import annotations

from flask_wtf import FlaskForm

from app.web.fields import Text


class ReasonForm(FlaskForm):
    """Why an invoice is taken back, written off or recovered."""

    reason = Text("Reason", 300, required="Say why, for your own records.")
