"""What networks say about themselves, made fit to be kept and shown: nobody knows what they send. Pure."""

from __future__ import annotations

import unicodedata

LONGEST = 300
"""Characters of an answer that are kept."""
LONGEST_NAME = 255
OUR_FAULT = "Something on our side failed while asking the router."
_GAPS = ("Cc", "Zl", "Zp", "Zs")
# Written in the direction of another script, a name could turn around what stands beside it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def storable(text: str, longest: int = LONGEST) -> str:
    """A text on one line that every database takes, of at most `longest` characters.

    Control characters are gaps, and half characters stand as the sign for what cannot be read.
    """
    # Of a text without end, no more is looked at than could be kept, and some that may fall away.
    return " ".join("".join(map(_harmless, text[: 4 * longest])).split())[:longest].rstrip()


def in_words(error: Exception) -> str:
    """What people are told of an error: its own words where they were written for people, and else that it is ours."""
    return (str(error) if hasattr(error, "permanent") else "") or OUR_FAULT


def _harmless(one: str) -> str:
    kind = unicodedata.category(one)
    if kind == "Cs":
        return "\ufffd"
    return "" if one in _TURNING else " " if kind in _GAPS else one
