"""What can go wrong with endpoints; each docstring is what the user reads."""

from __future__ import annotations

from app.errors import Conflict


class StaleEndpoint(Conflict):
    """Somebody else changed this webhook in the meantime. Compare, then save again if yours should stand."""


class IsPaused(Conflict):
    """This webhook is paused. Let it go on, then send again."""


class StillReplacing(Conflict):
    """The secret was replaced less than a day ago, and the one before it still signs. Replace it again after that."""
