"""What can be refused about clients, in the sentence the person reads."""

from __future__ import annotations

from app.errors import Conflict


class StaleClient(Conflict):
    """Somebody else changed this client while you had the form open. Nothing of yours was saved yet."""
