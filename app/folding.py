"""Text as people search and sort for it: without case, accents and double spaces. Pure.

"Adébáyọ̀ & Sons" and "ADEBAYO & sons" fold to the same, so either finds the other. What is shown is never folded.
"""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose although people type them without their stroke.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "ʼ": "'"})
MOST = 200
"""Characters of a search that are looked at."""


def fold(text: str) -> str:
    """Lower case without accents, on one line, single spaces, without control characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    spread = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in spread if not unicodedata.combining(char))
    printable = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in kept.translate(_STROKES))
    return " ".join(printable.casefold().split())


def fold_all(*parts: str) -> str:
    """The content of a `search` column: every part folded, one to a line, so that a search never spans two."""
    return "\n".join(folded for part in parts if (folded := fold(part)))


def searched(text: str) -> str:
    """What was typed into a search box, as it can be stored and so be found: on one line, at most 200 characters."""
    short = unicodedata.normalize("NFC", text[:MOST])
    return " ".join("".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in short).split())


def words(text: str) -> list[str]:
    """What a person typed into a search box, folded and cut into words; all of them have to be found."""
    return fold(text[:MOST]).split()[:8]


def sort_key(text: str) -> str:
    """Up to 200 characters by which names are ordered, the same on every database."""
    return fold(text)[:200]
