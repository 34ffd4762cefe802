"""Number patterns: `INV-{YYYY}-{0000}` with the issue date's year and month and one counter.

`{YYYY}`, `{YY}` and `{MM}` come from the issue date; the run of zeros is the counter and its least width. A counter
that outgrows its width gets longer and is never cut.
"""

import re
from datetime import date
from functools import lru_cache

from app.errors import Invalid

MAX_PATTERN = 32

_TOKEN = re.compile(r"\{(YYYY|YY|MM|0{1,12})\}")
_LITERAL = re.compile(r"[A-Za-z0-9\-/.# ]*")


class InvalidPattern(Invalid):
    """Numbers need a pattern such as INV-{YYYY}-{0000}."""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__("number_pattern", sentence)


def check_pattern(pattern: str, yearly_reset: bool = False) -> str:
    """The pattern itself when it can number documents. Raises InvalidPattern (field `number_pattern`)."""
    if not pattern.strip():
        raise InvalidPattern
    if len(pattern) > MAX_PATTERN:
        raise InvalidPattern(f"Use at most {MAX_PATTERN} characters.")
    if pattern != pattern.strip():
        raise InvalidPattern("The pattern cannot begin or end with a space.")
    literal = _TOKEN.sub("", pattern)
    if "{" in literal or "}" in literal:
        raise InvalidPattern("Between braces use only {YYYY}, {YY}, {MM}, or zeros for the counter, such as {0000}.")
    if not _LITERAL.fullmatch(literal):
        raise InvalidPattern("Use only the letters A to Z, digits, spaces and - / . #")
    tokens = _TOKEN.findall(pattern)
    if sum(token.startswith("0") for token in tokens) != 1:
        raise InvalidPattern("The pattern needs exactly one counter, such as {0000}.")
    if yearly_reset and not {"YYYY", "YY"} & set(tokens):
        raise InvalidPattern("Numbers that start again each year need {YYYY} or {YY} in the pattern.")
    return pattern


def format_number(pattern: str, issue_date: date, value: int) -> str:
    """The number of the `value`th document (from 1) of its period: `INV-2026-0042`."""
    if value < 1:
        raise ValueError("numbers start at 1")
    before, width, after = _around(pattern, issue_date.year, issue_date.month)
    return f"{before}{value:0{width}d}{after}"


@lru_cache(maxsize=256)
def _around(pattern: str, year: int, month: int) -> tuple[str, int, str]:
    """What stands before the counter, its least width, and what stands after it."""
    written = {"YYYY": f"{year:04d}", "YY": f"{year:04d}"[-2:], "MM": f"{month:02d}"}
    dated = _TOKEN.sub(lambda match: written.get(match[1], match[0]), pattern)
    counter = _TOKEN.search(dated)
    assert counter is not None
    return dated[: counter.start()], len(counter[1]), dated[counter.end() :]


def period_key(yearly_reset: bool, issue_date: date) -> str:
    """Which counter row a document counts on: the year of its issue date ("2026"), or "all"."""
    return f"{issue_date.year:04d}" if yearly_reset else "all"
