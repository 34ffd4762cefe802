"""Taxes of discounted lines, rounded on every line or once for the document.

Each tax is a known multiple of the line's net: its rate, and for a compound tax its rate on the net plus the multiples
before it. The price contains the net and the inclusive taxes, so net = price / (1 + their multiples). Fractions keep
that exact until the one rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.invoices.rules.documents import TaxRate
from app.invoices.rules.remainders import remainders
from app.money import round_half_up, split


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line's net in minor units, and (base, amount) in minor units for each of its taxes in their order.

    `remainders`: for taxes shared out over the lines, (place of the tax, what was shared out, units left over).
    """

    net_minor: int
    taxes: tuple[tuple[int, int], ...]
    remainders: tuple[tuple[int, int, int], ...] = ()


def tax_line(price_minor: int, taxes: Sequence[TaxRate]) -> TaxedLine:
    """Each tax rounded half up on this line. `price_minor` is after discounts.

    Inclusive taxes are taken out first and what is left is the net. Exclusive ones are then taken on that rounded net
    (and the rounded taxes before them, when compound), as a person with a pencil would.
    """
    exact = exact_amounts(price_minor, taxes)
    amounts = [round_half_up(amount) if tax.inclusive else 0 for tax, amount in zip(taxes, exact, strict=True)]
    net = price_minor - sum(amounts)
    for place, tax in enumerate(taxes):
        if not tax.inclusive:
            base = net + (sum(amounts[:place]) if tax.compound else 0)
            amounts[place] = round_half_up(base * Fraction(tax.rate) / 100)
    return TaxedLine(net, _with_bases(net, taxes, amounts))


def tax_document(prices_minor: Sequence[int], taxes: Sequence[Sequence[TaxRate]]) -> list[TaxedLine]:
    """Each tax summed exactly over the lines, rounded half up once, and spread back by largest remainder."""
    exact = [exact_amounts(price, stack) for price, stack in zip(prices_minor, taxes, strict=True)]
    places: dict[TaxRate, list[tuple[int, int]]] = {}
    for line, stack in enumerate(taxes):
        for place, tax in enumerate(stack):
            places.setdefault(tax, []).append((line, place))
    amounts = [[0] * len(stack) for stack in taxes]
    left: list[list[tuple[int, int, int]]] = [[] for _ in taxes]
    for where in places.values():
        weights = [exact[line][place] for line, place in where]
        whole = round_half_up(sum(weights, Fraction()))
        shares = split(whole, weights)
        for (line, place), amount, units in zip(where, shares, remainders(whole, weights, shares), strict=True):
            amounts[line][place] = amount
            if units:
                left[line].append((place, whole, units))
    taxed = []
    for price, stack, own, given in zip(prices_minor, taxes, amounts, left, strict=True):
        net = price - sum(amount for tax, amount in zip(stack, own, strict=True) if tax.inclusive)
        taxed.append(TaxedLine(net, _with_bases(net, stack, own), tuple(given)))
    return taxed


def exact_amounts(price_minor: int, taxes: Sequence[TaxRate]) -> list[Fraction]:
    """Every tax of one line before any rounding, in minor units. `price_minor` is after discounts."""
    multiples = multiples_of(taxes)
    net = price_minor / (1 + contained_in(taxes, multiples))
    return [net * multiple for multiple in multiples]


def multiples_of(taxes: Sequence[TaxRate]) -> list[Fraction]:
    """What each tax of a line is of the line's net: 7.5 % is 3/40."""
    multiples: list[Fraction] = []
    for tax in taxes:
        base = 1 + sum(multiples) if tax.compound else 1
        multiples.append(Fraction(tax.rate) / 100 * base)
    return multiples


def contained_in(taxes: Sequence[TaxRate], multiples: Sequence[Fraction]) -> Fraction:
    """The inclusive taxes of a line as a multiple of its net."""
    return sum((m for tax, m in zip(taxes, multiples, strict=True) if tax.inclusive), Fraction())


def _with_bases(net: int, taxes: Sequence[TaxRate], amounts: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Each amount beside what it was taken on."""
    return tuple(
        (net + (sum(amounts[:place]) if tax.compound else 0), amounts[place]) for place, tax in enumerate(taxes)
    )
