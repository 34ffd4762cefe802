"""Right-to-left pages: account numbers, telephone numbers and addresses keep their own order.

The bidirectional algorithm (UAX #9) prints `1012 334 455` as `455 334 1012` in an Arabic line, and a money transfer
goes wrong, unless a left-to-right mark stands before it.
"""

import re
from typing import Any

from app.invoices.pdf.document import PrintedDocument
from app.invoices.pdf.text import ARABIC

LRM = "\u200e"
_LATIN = re.compile("[A-Za-z0-9]")
_GROUPS = re.compile(r"\+?[A-Za-z0-9][A-Za-z0-9.,@_]*(?:[ \-/:()+]+[A-Za-z0-9.,@_]+)+")
_NO_TEXT = frozenset(
    [
        "kind",
        "status",
        "currency",
        "locale",
        "rtl",
        "paper",
        "words",
        "logo",
        "accent",
        "pay_url",
        "quantity",
        "unit_price",
        "date",
        "issue_date",
        "due_date",
        "first",
        "last",
        "void_date",
    ]
)


def keep_order(text: str) -> str:
    """The text with marks around what reads from left to right."""
    return "\n".join(map(_keep_line, text.splitlines()))


def _keep_line(line: str) -> str:
    if not ARABIC.search(line):
        return f"{LRM}{line}{LRM}" if _LATIN.search(line) else line
    return _GROUPS.sub(rf"{LRM}\g<0>{LRM}", line)


def for_reading(doc: PrintedDocument) -> PrintedDocument:
    """The document itself, or for a right-to-left page a copy whose texts keep their numbers in order."""
    return _marked(doc) if doc["rtl"] else doc  # type: ignore[no-any-return]


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        return keep_order(value)
    if isinstance(value, list):
        return [_marked(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _NO_TEXT else _marked(item) for key, item in value.items()}
    return value
