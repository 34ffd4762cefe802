"""What can be refused about rates, in the sentence the person reads."""

from __future__ import annotations

from app.errors import Conflict


class StaleRate(Conflict):
    """Somebody else corrected this rate while you had the form open. Nothing of yours was saved yet."""
