"""The id that a form of a send button carries: the same form, sent twice, asks for one thing once."""

from __future__ import annotations

import uuid

from flask import request


def read_form_id() -> uuid.UUID | None:
    """The id that the page gave the form which came; None for a form without one, and for one that cannot be read."""
    text = request.form.get("form_id", "")
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
