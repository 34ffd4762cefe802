"""What an explanation is made of: steps, what they explain, and how numbers are written in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Literal

from app.invoices.rules.documents import Component, DocumentInput, Totals
from app.money import Money, exponent, format_exact, format_money, plain

SectionName = Literal["lines", "discounts", "inside", "net", "tax", "total", "balance"]
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Step:
    """One figure and where it comes from.

    `amount_minor` carries the sign with which it counts: discounts and payments are negative. A step with `sum_of` is
    the sum of the steps with those keys, to the cent. `line` counts from 1; `tax` is the name of a tax. `share`: a part
    of the step before it that was shared out over the lines.
    """

    key: str
    section: SectionName
    label: str
    words: str
    amount_minor: int
    sum_of: tuple[str, ...] = ()
    line: int | None = None
    tax: str | None = None
    share: bool = False

    @property
    def result(self) -> bool:
        """Whether a section ends in this."""
        return self.key in RESULTS


RESULTS: Mapping[str, SectionName] = {
    "credited": "lines",
    "subtotal": "lines",
    "discounts": "discounts",
    "net": "net",
    "tax": "tax",
    "total": "total",
    "balance": "balance",
    "untaxed": "total",
}
"""The steps that a document's figures are, and the sections that end in them."""


@dataclass(frozen=True, slots=True)
class Account:
    """What is explained: a document as it was given, what it came to, and the titles of its lines.

    The figures are the stored ones when there are any; words say how they come about.
    """

    document: DocumentInput
    totals: Totals
    titles: tuple[str, ...]

    def after(self, line: int) -> int:
        """What a line (from 0) comes to after its own discount, in minor units."""
        figures = self.totals.lines[line]
        return figures.gross_minor - figures.line_discount_minor

    def price(self, line: int) -> int:
        """What a line (from 0) comes to after both discounts, in minor units; taxes inside it are not taken out."""
        return self.after(line) - self.totals.lines[line].document_discount_minor

    def parts(self, kind: str) -> list[Component]:
        """The rows of one kind, in their order."""
        return [part for part in self.totals.components if part.kind == kind]

    def remainder(self, line: int, tax_key: str | None, share_minor: int, exact: Fraction) -> int:
        """Units of a line's share that came by remainder: as stored, or counted where there is no such row.

        Documents issued before remainders were stored have none.
        """
        for part in self.parts("rounding"):
            if (part.line, part.tax_key) == (line, tax_key):
                return part.amount_minor
        return share_minor - exact.numerator // exact.denominator


@dataclass(frozen=True, slots=True)
class Manner:
    """How numbers, percentages and days are written for a reader. `locale` is BCP 47 or a CLDR name."""

    currency: str
    locale: str
    number: Callable[[Decimal], str]
    rate: Callable[[Decimal], str]
    day: Callable[[date], str]

    def money(self, minor: int) -> str:
        """An amount in minor units with its currency: ₦1,250.00."""
        return format_money(Money.total(minor, self.currency), self.locale)

    def plain(self, minor: int) -> str:
        """An amount in minor units without its currency: 1,250.00."""
        return plain(Money.total(minor, self.currency), self.locale)

    def exact(self, minor: Fraction) -> str:
        """An amount before rounding: ₦64.125, ₦6.6279…"""
        return format_exact(minor, self.currency, self.locale)

    def price(self, major: Decimal) -> str:
        """A unit price in major units, with all its decimals: ₦0.0375."""
        return self.exact(Fraction(major) * 10 ** exponent(self.currency))

    def ratio(self, value: Fraction) -> str:
        """A number that may have no end: 107.5, 0.333333…"""
        scaled = value * 10**6
        whole = Decimal(scaled.numerator // scaled.denominator).scaleb(-6).quantize(_PLACES, ROUND_DOWN)
        return self.number(whole) + ("" if scaled.denominator == 1 else "…")
