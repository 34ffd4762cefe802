"""Whole documents: discounts and taxes, rounded on every line or once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate, Totals, compute
from tests.unit.money_cases.kinds import kind
from tests.unit.money_cases.making import amount, discount, document, stacks

FIGURES = ("line_discount_minor", "document_discount_minor", "net_minor", "tax_minor", "total_minor")
HALF = Fraction(1, 2)


def tax_rows(totals: Totals, tax: TaxRate) -> list[int]:
    """A tax on each line that has it."""
    return [part.amount_minor for part in totals.components if part.kind == "tax" and part.tax_key == tax.key]


def left_over(totals: Totals, tax_key: str | None) -> list[int]:
    """The lines that got a unit of the document discount (None) or a tax beyond their share rounded down."""
    rows = [part for part in totals.components if part.kind == "rounding" and part.tax_key == tax_key]
    assert all(part.amount_minor == 1 for part in rows)
    return [part.line for part in rows]


@kind(12)
def a_tax_rounded_on_lines_and_rounded_once(chance: Random) -> None:
    """They differ by no more than all the rounding there was; once, every unit is a share or stored as left over."""
    made = document(chance, "line")
    on_lines, once = compute(made), compute(replace(made, rounding="document"))
    for tax in dict.fromkeys(tax for line in made.lines for tax in line.taxes):
        places = [place for place, line in enumerate(made.lines) if tax in line.taxes]
        stacks_of = [made.lines[place].taxes for place in places]
        most = HALF + sum(furthest(stack)[stack.index(tax)] for stack in stacks_of)
        one, other = sum(tax_rows(on_lines, tax)), sum(tax_rows(once, tax))
        assert abs(one - other) <= most
        assert left_over(on_lines, tax.key) == []
        units = left_over(once, tax.key)
        assert len(set(units)) == len(units) < len(places)
        shares = dict(zip(places, tax_rows(once, tax), strict=True))
        weights = {place: exact_tax(price(once, place), made.lines[place].taxes, tax) for place in shares}
        whole = sum(weights.values())
        assert other == (whole + HALF) // 1
        for place, share in shares.items():
            assert share == (other * weights[place] // whole if whole else 0) + (place in units)


def price(totals: Totals, place: int) -> int:
    """What a line comes to after both discounts, in minor units."""
    line = totals.lines[place]
    return line.gross_minor - line.line_discount_minor - line.document_discount_minor


def of_hundred(taxes: tuple[TaxRate, ...]) -> list[Fraction]:
    """What each tax is of 100 of net."""
    made: list[Fraction] = []
    for tax in taxes:
        made.append(Fraction(tax.rate) / 100 * (100 + (sum(made) if tax.compound else 0)))
    return made


def exact_tax(price_minor: int, taxes: tuple[TaxRate, ...], tax: TaxRate) -> Fraction:
    """A tax on a line before any rounding: rule of three."""
    each = of_hundred(taxes)
    inside = sum((one for one, own in zip(each, taxes, strict=True) if own.inclusive), Fraction())
    return price_minor * each[taxes.index(tax)] / (100 + inside)


def furthest(taxes: tuple[TaxRate, ...]) -> list[Fraction]:
    """How far each tax of a line can be from what it is exactly, when every one before it was rounded."""
    off = [HALF if tax.inclusive else Fraction() for tax in taxes]
    net = sum(off, Fraction())
    for place, tax in enumerate(taxes):
        if not tax.inclusive:
            base = net + (sum(off[:place], Fraction()) if tax.compound else 0)
            off[place] = HALF + base * Fraction(tax.rate) / 100
    return off


@kind(10)
def prices_that_contain_their_taxes(chance: Random) -> None:
    """What stands on the line is what is paid: net and the taxes inside it are the price to the unit."""
    made = document(chance)
    lines = tuple(replace(line, taxes=tuple(replace(tax, inclusive=True) for tax in line.taxes)) for line in made.lines)
    totals = compute(replace(made, lines=lines))
    for place, line in enumerate(totals.lines):
        own = [part.amount_minor for part in totals.components if (part.kind, part.line) == ("tax", place)]
        assert line.net_minor + sum(own) == line.total_minor == price(totals, place)
    assert totals.total_minor == sum(price(totals, place) for place in range(len(lines)))


@kind(10)
def a_discount_on_everything(chance: Random) -> None:
    """It is spread to the unit, no line bears more than it has, and every unit left over is stored."""
    prices = [amount(chance, 10**12 - 1) for _ in range(chance.randrange(1, 10))]
    choices = stacks(chance)
    lines = tuple(
        LineInput(Decimal(1), Decimal(minor), discount(chance, minor), chance.choice(choices)) for minor in prices
    )
    before = compute(DocumentInput("JPY", lines))
    base = before.subtotal_minor - before.line_discount_minor
    off = Discount("amount", Decimal(chance.randint(0, min(base, 10**12 - 1))))
    totals = compute(DocumentInput("JPY", lines, off, chance.choice(("line", "document"))))
    units = left_over(totals, None)
    assert sum(line.document_discount_minor for line in totals.lines) == off.value
    for place, line in enumerate(totals.lines):
        after = line.gross_minor - line.line_discount_minor
        assert line.document_discount_minor == (int(off.value) * after // base if base else 0) + (place in units)
        assert line.document_discount_minor <= after


@kind(8)
def lines_in_another_order(chance: Random) -> None:
    """No figure of the document moves, and neither does any tax; and the lines come to all of them."""
    made = document(chance)
    same_in_another_order(chance, made)
    totals = compute(made)
    for figure in FIGURES:
        assert sum(getattr(line, figure) for line in totals.lines) == getattr(totals, figure)
    assert totals.total_minor == totals.net_minor + totals.tax_minor


@kind(4)
def equal_remainders_in_another_order(chance: Random) -> None:
    """A few units off lines that are alike but for their taxes: where a line stands does not decide what it bears."""
    prices = [chance.randrange(1, 5) for _ in range(2)]
    choices = stacks(chance)
    lines = tuple(
        LineInput(Decimal(1), Decimal(chance.choice(prices)), None, chance.choice(choices))
        for _ in range(chance.randrange(2, 7))
    )
    off = Discount("amount", Decimal(chance.randint(1, len(lines))))
    same_in_another_order(chance, DocumentInput("JPY", lines, off, chance.choice(("line", "document"))))


def same_in_another_order(chance: Random, made: DocumentInput) -> None:
    """Whatever is added up for the whole document."""
    one = compute(made)
    other = compute(replace(made, lines=tuple(chance.sample(made.lines, len(made.lines)))))
    assert all(getattr(one, figure) == getattr(other, figure) for figure in ("subtotal_minor", *FIGURES))
    assert summary(one) == summary(other)


def summary(totals: Totals) -> dict[tuple[str, bool], int]:
    """Each tax over the whole document."""
    return {(tax.key, tax.inclusive): tax.amount_minor for tax in totals.taxes}
