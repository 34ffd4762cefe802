"""The documents in tests/golden/: what was typed, the arithmetic somebody did by hand, and what it comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, Totals
from app.money import exponent
from tests.support.arithmetic import NUMBER, Sum, check_sum, number

FOLDER = Path(__file__).resolve().parent.parent / "golden"
SHARE = "share of the discount"

_LINE = re.compile(
    r"(?:(?P<times>[0-9]+) lines of )?(?P<quantity>[0-9,.]+) × (?P<price>[0-9,.]+)"
    r"(?:, less (?P<off>[0-9,.]+)(?P<percent> %)?)?(?P<taxes>(?:; [^;]+)*)"
)
_TAX = re.compile(r"(?P<name>.+) (?P<rate>[0-9,.]+) %(?P<inside> inside)?(?P<compound> compound)?")
_LABEL = re.compile(r"(?:lines? (?P<first>[0-9]+)(?: to (?P<last>[0-9]+))?(?:, |$))?(?P<what>.*)")
_HELP = re.compile(r"per 100 of net, .*|price per 100 of net|taken on for .*")
"""Arithmetic on the way that is no figure of a document."""


class Figure(NamedTuple):
    """Which figure: of a line (from 1, None for the whole document), and what of it; "" is quantity times price."""

    line: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Worked:
    """One line of somebody's arithmetic: the figures it is for, and the text of it."""

    label: str
    figures: tuple[Figure, ...]
    text: str

    @property
    def on_the_way(self) -> bool:
        """No figure of the document, but needed for one."""
        return _HELP.fullmatch(self.figures[0].what) is not None

    @property
    def whole(self) -> bool:
        """Of the document, so that it may count equal lines: 3 × 13.27."""
        return self.figures[0].line is None


@dataclass(frozen=True, slots=True)
class Golden:
    """A document worked by hand. `result` has its figures in major units, as they are written."""

    name: str
    document: DocumentInput
    work: tuple[Worked, ...]
    result: dict[str, str]
    typed: frozenset[str]

    @property
    def unit(self) -> Fraction:
        """The smallest amount of the currency, in major units."""
        return Fraction(1, 10 ** exponent(self.document.currency))

    def minor(self, amount: Fraction) -> int:
        """Major units as whole minor units."""
        units = amount / self.unit
        assert units.denominator == 1, f"{amount} is no amount of {self.document.currency}"
        return int(units)

    def sums(self) -> dict[Figure, Sum]:
        """Every figure with its arithmetic done again. Raises WrongSum."""
        done: dict[Figure, Sum] = {}
        for row in self.work:
            if not row.on_the_way:
                done.update(dict.fromkeys(row.figures, check_sum(row.text, self.unit)))
        return done

    def figures(self) -> dict[Figure, int]:
        """Every figure in minor units, as it was worked by hand."""
        return {figure: self.minor(done.result) for figure, done in self.sums().items()}


@cache
def golden() -> tuple[Golden, ...]:
    """All documents, in the order of the files."""
    return tuple(_document(made) for path in sorted(FOLDER.glob("*.yaml")) for made in _file(path))


def engine_figures(document: DocumentInput, totals: Totals) -> dict[Figure, int]:
    """What the engine made of a document, each figure under the name that it has in the files."""
    discounts = any(line.discount for line in document.lines)
    found: dict[Figure, int] = {Figure(None, "subtotal"): totals.subtotal_minor}
    for place, line in enumerate(document.lines, 1):
        found.update(_line_figures(place, document, totals))
        for tax, row in zip(line.taxes, _tax_rows(totals, place - 1), strict=True):
            found[Figure(place, tax_label(tax))] = row
    if discounts:
        found[Figure(None, "discounts on lines")] = totals.line_discount_minor
    if document.discount:
        found[Figure(None, "discount")] = totals.document_discount_minor
        if totals.line_discount_minor:
            after = totals.subtotal_minor - totals.line_discount_minor
            found[Figure(None, "after discounts on lines")] = after
    stated = dict.fromkeys(tax for line in document.lines for tax in line.taxes)
    for tax, summary in zip(stated, totals.taxes, strict=True):
        found[Figure(None, tax_label(tax))] = summary.amount_minor
    if stated:
        found[Figure(None, "tax")] = totals.tax_minor
    return found | {Figure(None, "net"): totals.net_minor, Figure(None, "total"): totals.total_minor}


def tax_label(tax: TaxRate) -> str:
    """How a tax is called in the files: QST 9.975 % compound."""
    return f"{tax.name} {tax.rate:,f} %{' inside' * tax.inclusive}{' compound' * tax.compound}"


def _line_figures(place: int, document: DocumentInput, totals: Totals) -> dict[Figure, int]:
    own = totals.lines[place - 1]
    found = {Figure(place, ""): own.gross_minor, Figure(place, "net"): own.net_minor}
    after = own.gross_minor - own.line_discount_minor
    if document.lines[place - 1].discount:
        found[Figure(place, "discount")] = own.line_discount_minor
    if own.line_discount_minor:
        found[Figure(place, "after its discount")] = after
    if document.discount and len(document.lines) > 1 and totals.subtotal_minor > totals.line_discount_minor:
        found[Figure(place, SHARE)] = own.document_discount_minor
    if own.document_discount_minor:
        found[Figure(place, "price")] = after - own.document_discount_minor
    return found


def _tax_rows(totals: Totals, line: int) -> list[int]:
    return [part.amount_minor for part in totals.components if (part.kind, part.line) == ("tax", line)]


# --- reading the files ------------------------------------------------------------------------------------------------


def _file(path: Path) -> list[dict[str, Any]]:
    """Everything in a file as text: no number is ever taken for a float."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # type: ignore[no-any-return]


def _document(made: dict[str, Any]) -> Golden:
    currency = made["currency"]
    lines = [line for text in made["lines"] for line in _lines(text, currency)]
    discount = made.get("discount")
    off = _discount(discount.removesuffix(" %"), discount.endswith(" %"), currency) if discount else None
    document = DocumentInput(currency, tuple(lines), off, made["rounding"])
    work = tuple(_worked(row) for row in made["work"].splitlines())
    typed = frozenset(re.findall(NUMBER, " ".join([*made["lines"], discount or ""])))
    return Golden(made["name"], document, work, made["result"], typed)


def _lines(text: str, currency: str) -> list[LineInput]:
    """`3 lines of 4 × 250, less 10 %; VAT 7.5 %; Levy 2.5 % compound`"""
    read = _LINE.fullmatch(text)
    assert read, f"not a line: {text}"
    taxes = tuple(_tax(tax) for tax in read["taxes"].split("; ")[1:])
    off = _discount(read["off"], bool(read["percent"]), currency) if read["off"] else None
    return [LineInput(_decimal(read["quantity"]), _decimal(read["price"]), off, taxes)] * int(read["times"] or 1)


def _tax(text: str) -> TaxRate:
    read = _TAX.fullmatch(text)
    assert read, f"not a tax: {text}"
    name, rate = read["name"], read["rate"]
    return TaxRate(f"{name} {rate} %", name, _decimal(rate), bool(read["inside"]), bool(read["compound"]))


def _discount(text: str, percent: bool, currency: str) -> Discount:
    """The engine takes amounts in minor units."""
    value = _decimal(text)
    return Discount("percent", value) if percent else Discount("amount", value.scaleb(exponent(currency)))


def _decimal(text: str) -> Decimal:
    number(text)
    return Decimal(text.replace(",", ""))


def _worked(row: str) -> Worked:
    """`lines 2 to 4, VAT 7.5 %: 7.5 % of 13.27 = 0.99525 → 1.00 (half up)`"""
    label, _, text = row.partition(": ")
    return Worked(label, tuple(_figures(label)), text)


def _figures(label: str) -> Iterator[Figure]:
    read = _LABEL.fullmatch(label)
    assert read, f"not a label: {label}"
    if read["first"] is None:
        yield Figure(None, read["what"])
        return
    for line in range(int(read["first"]), int(read["last"] or read["first"]) + 1):
        yield Figure(line, read["what"])
