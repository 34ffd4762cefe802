"""What can go wrong with reminders."""

from __future__ import annotations

from app.errors import Conflict


class StepIsOver(Conflict):
    """This reminder went out already, or is no longer planned. Look at the page again."""


class AlreadyEnded(Conflict):
    """It was taken off already."""
