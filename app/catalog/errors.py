"""What can be refused about items and taxes, in the sentence the person reads."""

from __future__ import annotations

from app.errors import Conflict


class StaleItem(Conflict):
    """Somebody else changed this item while you had the form open. Nothing of yours was saved yet."""


class StaleTax(Conflict):
    """Somebody else changed this tax while you had the form open. Nothing of yours was saved yet."""
