"""How the page of an invoice waits for what is under way: what it says meanwhile, and when it looks again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_PAUSES = ((10, 2), (40, 5), (70, 15))
"""(up to which look, seconds before it)."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a page saw last of its mails and of its money, and how it goes on.

    `mail` is one letter for each message, the newest first; `money` is the status and what is owed in minor units.
    `words` are empty when nothing is under way; `pause` is in seconds, None when the page stops looking by itself.
    """

    mail: str
    money: str
    words: str = ""
    turn: int = 0
    pause: int | None = None

    @property
    def owed(self) -> int:
        """What was owed, in minor units; 0 when it is not said."""
        digits = self.money.rpartition("-")[2]
        return int(digits) if digits.isdecimal() and len(digits) < 20 else 0


def watch(
    states: Sequence[str], status: str, owed: int, *, paying: bool, turn: int = 0, waiting: str = "message"
) -> Watch:
    """What the page shows and waits for. `states` are those of its messages, the newest first; `paying` says that
    the client went to pay and is not back; `turn` counts the looks so far; `waiting` is what waits, in a word."""
    queued = "queued" in states
    pause = next_look(turn) if queued or paying else None
    words = ""
    if paying:
        words = "The client has gone to pay."
    elif queued:
        words = f"The {waiting} is not out yet."
    if pause:
        words += " This page says so when that is done."
    return Watch("".join(state[:1] for state in states), f"{status}-{owed}", words, turn, pause)


def next_look(turn: int) -> int | None:
    """Seconds until the page looks again: often at first, then rarely; None after about ten minutes."""
    return next((seconds for last, seconds in _PAUSES if turn < last), None)
