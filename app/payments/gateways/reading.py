"""Read other people's JSON without trusting its types: each function answers None for what it cannot use."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from app.money import MAX_MINOR

_LONGEST_NUMBER = 18


def parse(raw: bytes) -> object:
    """The JSON value in `raw`, fractions as Decimal. Raises ValueError for anything else, NaN included."""
    try:
        value: object = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (RecursionError, ArithmeticError):
        raise ValueError("nested too deeply, or an exponent beyond Decimal") from None
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def mapping(value: object) -> Mapping[str, object]:
    """`value` if it is an object, else an empty one: gateways send 0, "", null and lists where objects belong."""
    return value if isinstance(value, dict) else {}


def text(value: object, longest: int = 200) -> str | None:
    """A single-line string that any database can store, cut at `longest` characters."""
    if not isinstance(value, str):
        return None
    kept = "".join(character for character in value if character.isprintable()).strip()
    return kept[:longest] or None


def whole(value: object) -> int | None:
    """An integer, also when it came as "5000" or 5000.0; at most 18 digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        value = str(value.to_integral_value()) if value == value.to_integral_value() else None
    if isinstance(value, int):
        return value if abs(value) < 10**_LONGEST_NUMBER else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        return int(value)
    return None


def amount(value: object) -> int | None:
    """An amount in a gateway's own unit: a whole number that is not negative and not beyond what we store."""
    number = whole(value)
    return number if number is not None and 0 <= number <= MAX_MINOR else None


def identifier(value: object) -> str | None:
    """An id as text, whether it came as 302961 or as "302961"."""
    number = whole(value)
    return str(number) if number is not None else text(value, 100)


def instant(value: object) -> datetime | None:
    """An ISO 8601 timestamp as an aware instant in UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def facts(source: Mapping[str, object], allowed: tuple[str, ...]) -> dict[str, str | int | bool]:
    """The allowed members of `source` that are short text, integers or booleans."""
    found: dict[str, str | int | bool] = {}
    for name in allowed:
        value = source.get(name)
        kept = value if isinstance(value, bool) else whole(value) if isinstance(value, int) else text(value)
        if kept is not None:
            found[name] = kept
    return found


def carries(note: str, ours: str) -> bool:
    """Whether a note carries our id: as a word of its own, not as part of a longer one."""
    return bool(ours) and re.search(rf"(?<![\w-]){re.escape(ours)}(?![\w-])", note) is not None
