"""What money in one currency is worth in another, and what postings are worth in the base currency of a business.

Every base amount is the difference of two places on one path: `worth` of what was there before, and of what is there
after. So parts come to the whole, whatever order they come and go in, and what ends at nothing is worth nothing. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.ledger.rules import EXCHANGE_DIFFERENCE, ROUNDING, UNCONVERTED, Line
from app.money import Money, exponent, round_half_up

Change = tuple[int, int]
"""Minor units before and after."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `currency` is worth in units of `base`: naira for one dollar, not kobo for one cent."""

    currency: str
    base: str
    value: Decimal

    def worth(self, minor: int) -> int:
        """Minor units of the currency in minor units of the base, rounded half up, away from zero."""
        return round_half_up(minor * Fraction(self.value) * _scale(self.currency, self.base))

    def moved(self, change: Change) -> Money:
        """What going from one amount to another adds."""
        before, after = change
        return Money(self.worth(after) - self.worth(before), self.base)


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate with where it comes from ("typed", "table", or the "invoice" it was needed for) and the day it is of."""

    rate: Rate
    source: str
    on: date


def _scale(currency: str, base: str) -> Fraction:
    return Fraction(10) ** (exponent(base) - exponent(currency))


def in_base(lines: Sequence[Line], rate: Rate | None) -> list[Line]:
    """The lines with what each is worth; what rounding leaves between them goes to the rounding account."""
    if rate is None:
        return list(lines)
    return rounded([replace(line, base=Money(rate.worth(line.money.minor), rate.base)) for line in lines])


def rounded(lines: Sequence[Line]) -> list[Line]:
    """The lines and, for each base currency in which they leave a remainder, one that takes it."""
    return [*lines, *_taking(ROUNDING, lines)]


def settlement(
    credit: Line, receivable: Line, given: Rate | None, owed: Rate | None, left: Change, balance: Change, taken: Change
) -> list[Line]:
    """The posting that lets a client's credit settle an invoice (or takes that back), with its exchange difference.

    `given` and `owed` are the rates of the two, `left` what is left of the credit, `balance` what the invoice owes and
    `taken` what this credit settles of that invoice, each before and after. Where only one of the two has a rate, or
    each is valued in another base currency, what it is worth goes to an account of its own: no rate is made up.
    """
    if given is None and owed is None:
        return [credit, receivable]
    # Credit is owed to the client, so less of it left is a debit.
    sides = [
        replace(credit, base=-given.moved(left)) if given else credit,
        replace(receivable, base=owed.moved(balance)) if owed else receivable,
    ]
    if given is None or owed is None or given.base != owed.base:
        return [*sides, *_taking(UNCONVERTED, sides)]
    gain = Rate(given.currency, given.base, given.value - owed.value).moved(taken)
    nothing = Money.zero(receivable.money.currency)
    difference = Line(EXCHANGE_DIFFERENCE, nothing, receivable.client_id, receivable.invoice_id, base=-gain)
    return rounded([*sides, difference])


def _taking(account: str, lines: Iterable[Line]) -> list[Line]:
    """For each base currency, what makes the lines come to nothing in it."""
    sums: dict[str, int] = defaultdict(int)
    currency = ""
    for line in lines:
        currency = line.money.currency
        if line.base is not None:
            sums[line.base.currency] += line.base.minor
    nothing = Money.zero(currency)
    return [Line(account, nothing, base=Money(-minor, base)) for base, minor in sums.items() if minor]
