"""Lines of a document taken back in parts."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from app.invoices.rules import LineFigures, Totals, compute, credited_part, total_of_quantity
from tests.unit.money_cases.kinds import kind
from tests.unit.money_cases.making import document, parts


def figures(totals: Totals, place: int) -> LineFigures:
    """A line of a document as crediting takes it."""
    own = totals.lines[place]
    rows = [part.amount_minor for part in totals.components if (part.kind, part.line) == ("tax", place)]
    return LineFigures(own.net_minor, own.tax_minor, tuple(rows))


@kind(5)
def a_line_credited_in_parts_by_quantity_or_amount(chance: Random) -> None:
    """The parts come to every figure of the line, and none of them takes anything back."""
    made = document(chance)
    totals = compute(made)
    for place, typed in enumerate(made.lines):
        line = figures(totals, place)
        if line.total_minor <= 0:
            continue
        pieces = by_quantity(chance, line, typed.quantity) if chance.random() < 0.5 else parts(chance, line.total_minor)
        comes_to_the_line(line, [piece for piece in pieces if piece])


@kind(3)
def a_small_line_with_many_taxes_credited_in_small_parts(chance: Random) -> None:
    """Where a unit is much of a figure, rounding could take one back."""
    taxes = tuple(chance.randrange(8) for _ in range(chance.randrange(1, 7)))
    line = LineFigures(1 + chance.randrange(12), sum(taxes), taxes)
    comes_to_the_line(line, [1] * line.total_minor)
    comes_to_the_line(line, parts(chance, line.total_minor))


def comes_to_the_line(line: LineFigures, pieces: list[int]) -> None:
    """Credited one after the other, the pieces are the line, and none of their figures is against it."""
    already, credited = 0, []
    for piece in pieces:
        credited.append(credited_part(line, already, piece))
        already += piece
    assert already == line.total_minor
    assert sum(part.net_minor for part in credited) == line.net_minor
    assert [sum(tax) for tax in zip(*(part.taxes for part in credited), strict=True)] == list(line.taxes)
    for part, piece in zip(credited, pieces, strict=True):
        assert part.net_minor + part.tax_minor == part.total_minor == piece
        assert min(part.net_minor, *part.taxes, 0) >= min(line.net_minor, 0)


def by_quantity(chance: Random, line: LineFigures, quantity: Decimal) -> list[int]:
    """What parts of a quantity come to that are all of it in the end."""
    pieces = [Decimal(units).scaleb(-6) for units in parts(chance, int(quantity.scaleb(6)), 6)]
    totals: list[int] = []
    for place, taken in enumerate(pieces):
        totals.append(total_of_quantity(line, sum(totals), sum(pieces[:place], Decimal(0)), taken, quantity))
    return totals
