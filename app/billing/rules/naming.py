"""Names in double braces in the text of a line: those that mean nothing, and words that a name stands for. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from babel import Locale

NAMES = ("period", "start", "end", "month", "year", "plan")
"""What a line's text may name in double braces."""
NAME = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_WIDTHS: tuple[Literal["wide", "abbreviated"], ...] = ("wide", "abbreviated")


def unknown_names(text: str) -> list[str]:
    """What stands in double braces and means nothing, each once."""
    return list(dict.fromkeys(name for name in NAME.findall(text) if name not in NAMES))


def refusals(text: str) -> list[str]:
    """A sentence for each name in a text that means nothing, with those that mean something."""
    there_are = f"There are {', '.join(map(_braced, NAMES[:-1]))} and {_braced(NAMES[-1])}."
    return [f"There is no {_braced(name)}. {there_are}" for name in unknown_names(text)]


def with_names(text: str, locale: str = "en") -> str:
    """A text with names in place of the days it was written for: {{period}} for "1–31 March 2026" or "1 to 31 Mar
    2026", {{month}} {{year}} for "March 2026". A single day stays: it may be one that does not move."""
    period, month = _patterns(locale)
    return month.sub("{{month}} {{year}}", period.sub("{{period}}", text))


def without_days(detail: str, locale: str = "en") -> str:
    """The lines of a detail without those that say nothing but days: each bill says its own."""
    period, month = _patterns(locale)
    lines = detail.splitlines()
    return "\n".join(line for line in lines if not any(one.fullmatch(line.strip()) for one in (period, month)))


@cache
def _patterns(locale: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a period and what a whole month look like, in a language and in English."""
    named = "|".join(re.escape(name) for name in _months(locale))
    month, day, year = rf"(?:{named})\.?", r"(?<![\w.,/–-])\d{1,2}", r"\d{4}\b"
    last, to = r"\d{1,2}", r"\s*(?:–|—|-|\bto\b)\s*"
    period = rf"{day}(?:\s+{month}(?:\s+{year})?)?{to}{last}\s+{month}\s+{year}"
    return re.compile(period, re.IGNORECASE), re.compile(rf"(?<![\w–—-])(?<!\d\s){month}\s+{year}", re.IGNORECASE)


def _months(locale: str) -> list[str]:
    """The names of the months, longest first so that none is taken for a part of another."""
    found = {"Sept"}
    for language in {locale.replace("-", "_"), "en"}:
        for form in ("format", "stand-alone"):
            for width in _WIDTHS:
                found |= {name.rstrip(".") for name in Locale.parse(language).months[form][width].values()}
    return sorted(found, key=lambda name: (-len(name), name))


def _braced(name: str) -> str:
    return f"{{{{{name}}}}}"
