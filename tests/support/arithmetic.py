"""Arithmetic as it is written down with a pencil, read and done again: `7.5 % of 855.00 = 64.125 → 64.13 (half up)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

How = Literal["", "half up", "down", "largest remainder"]

NUMBER = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
"""A number, with commas between thousands."""

_TOKEN = re.compile(rf"\s*(?:(?P<number>{NUMBER})|(?P<sign>[×/+−()%]|of\b))")
_WRITTEN = re.compile(
    r"(?P<sum>[^=→]+?)(?: = (?P<shown>[−0-9,.]+)(?P<more>…?))?(?: → (?P<rounded>[0-9,.]+) \((?P<how>[a-z ]+)\))?"
)


class WrongSum(AssertionError):
    """What is written down is not so."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One line of arithmetic that was found to be right.

    `exact` is what it comes to before rounding, `result` what stands at its end, `operands` the numbers it is made of
    as they are written.
    """

    exact: Fraction
    result: Fraction
    how: How
    operands: tuple[str, ...]


def number(text: str) -> Fraction:
    """A number as it is written."""
    if re.fullmatch(f"−?{NUMBER}", text) is None:
        raise WrongSum(f"{text} is not written as numbers are here")
    return Fraction(text.replace(",", "").replace("−", "-"))


def check_sum(text: str, unit: Fraction) -> Sum:
    """Do a line of arithmetic again. `unit` is what amounts are rounded to. Raises WrongSum where it is not so.

    `a × b = c`; a result that does not end is cut off and goes on with `…`; rounded it is `→ d (half up)`, `(down)` or
    `(largest remainder)`, which is down and one unit more. A number alone stands for itself.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise WrongSum(f"cannot be read: {text}")
    tokens = list(_tokens(written["sum"]))
    exact = _Reader(tokens).whole()
    operands = tuple(token for token in tokens if token[0].isdigit())
    if written["shown"] is None:
        if len(tokens) > 1 or written["rounded"]:
            raise WrongSum(f"what does it come to? {text}")
        return Sum(exact, exact, "", operands)
    if _shown(exact, written["shown"], bool(written["more"])) != number(written["shown"]):
        raise WrongSum(f"{written['sum']} is not {written['shown']}")
    if written["rounded"] is None:
        if written["more"]:
            raise WrongSum(f"goes on for ever and is not rounded: {text}")
        return Sum(exact, exact, "", operands)
    result = number(written["rounded"])
    if result != _rounded(exact, unit, written["how"]):
        raise WrongSum(f"{written['shown']} is not {written['rounded']}, {written['how']}")
    return Sum(exact, result, written["how"], operands)  # type: ignore[arg-type]


def _shown(exact: Fraction, shown: str, more: bool) -> Fraction:
    """What should stand there: all of it, or as many decimals as are written, cut off."""
    scale = 10 ** len(shown.partition(".")[2])
    cut = Fraction(exact * scale // 1, scale)
    return cut if more and cut != exact else exact


def _rounded(exact: Fraction, unit: Fraction, how: str) -> Fraction:
    units = exact / unit
    down = units // 1
    if units == down:
        raise WrongSum("there is nothing to round")
    ways = {"half up": down + (units - down >= Fraction(1, 2)), "down": down, "largest remainder": down + 1}
    if how not in ways:
        raise WrongSum(f"nobody rounds like that: {how}")
    return ways[how] * unit


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise WrongSum(f"cannot be read: {text[place:]}")
        yield found["number"] or found["sign"]
        place = found.end()


class _Reader:
    """Reads sums of products; `10 % of x` is a product, too."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0

    def whole(self) -> Fraction:
        """All that is written."""
        value = self._sum()
        if self._tokens[self._at]:
            raise WrongSum(f"cannot be read from here: {' '.join(self._tokens[self._at :])}")
        return value

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _sum(self) -> Fraction:
        value = self._product()
        while self._tokens[self._at] in ("+", "−"):
            value = value + self._product() if self._next() == "+" else value - self._product()
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while self._tokens[self._at] in ("×", "/"):
            value = value * self._factor() if self._next() == "×" else value / self._factor()
        return value

    def _factor(self) -> Fraction:
        token = self._next()
        if token == "(":
            value = self._sum()
            if self._next() != ")":
                raise WrongSum("a bracket is not closed")
            return value
        if not token[:1].isdigit():
            raise WrongSum(f"a number is missing before {token or 'the end'}")
        if self._tokens[self._at : self._at + 2] == ["%", "of"]:
            self._at += 2
            return number(token) / 100 * self._factor()
        return number(token)
