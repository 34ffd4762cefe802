"""How background work is put in words, and when its page looks again. Pure."""

from __future__ import annotations

from typing import Literal

See = Literal["waiting", "running", "given-up"]
VIEWS: dict[See, str] = {"waiting": "Waiting", "running": "Running", "given-up": "Given up"}
_PAUSES = ((10, 2), (40, 5), (70, 15))
"""(up to which look, seconds before it)."""


def tries(failures: int) -> str:
    """How often it failed, in words; "" for never."""
    if failures == 0:
        return ""
    return "Failed once" if failures == 1 else f"Failed {failures} times"


def what_happened(state: str, failures: int, put_offs: int, reason: str) -> str:
    """What became of a job so far, in a sentence or two; "" when there is nothing to tell yet."""
    said = reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."
    if not failures:
        return said if put_offs or state == "parked" else ""
    if state == "parked" and failures == 1 and said:
        return said
    often = tries(failures) + (", the last time" if state == "parked" else "")
    return f"{often}: {said}" if said else f"{tries(failures)}."


def next_look(turn: int) -> int | None:
    """Seconds until the page looks again: often at first, then rarely; None after about ten minutes."""
    return next((seconds for last, seconds in _PAUSES if turn < last), None)
