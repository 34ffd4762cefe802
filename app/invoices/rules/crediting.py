"""What a part of an issued line comes to when it is credited: its net, and each of its taxes.

Every part is the difference of two points on one path from nothing to the whole line. At each point of the path the
taxes together are their proportion of what has been credited so far, rounded half up, and the net is the rest; each tax
is its proportion of what the taxes before it left over. Whatever is half-up of at most the whole never falls when the
whole rises, and neither does what it leaves: so no part has a negative figure, and the parts add up to the line however
it is cut. Rounding every tax by itself would not do: two taxes that round up at the same unit take it from the net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.money import round_half_up


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What a line of an issued document, or a part of it, comes to in minor units.

    `taxes`: one figure for each tax of the line in its order; they add up to `tax_minor`. Raises ValueError otherwise.
    """

    net_minor: int
    tax_minor: int
    taxes: tuple[int, ...]

    def __post_init__(self) -> None:
        if sum(self.taxes) != self.tax_minor:
            raise ValueError("the taxes of the line do not add up to its tax")
        if min(self.taxes, default=0) < 0:
            raise ValueError("a tax is negative")

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


def credited_part(line: LineFigures, already_total_minor: int, part_total_minor: int) -> LineFigures:
    """The net and taxes of the next `part_total_minor` of a line of which `already_total_minor` was credited before.

    Both count tax. Parts that add up to the line's total add up to every figure of it, in whatever sizes; no figure of
    a part is negative unless the line's own is. Raises ValueError for a part that is not positive, or that is more than
    is left of the line.
    """
    if part_total_minor <= 0:
        raise ValueError("a credited part is a positive amount")
    after = already_total_minor + part_total_minor
    if already_total_minor < 0 or after > line.total_minor:
        raise ValueError("more would be credited than the line comes to")
    had, has = _up_to(line, already_total_minor), _up_to(line, after)
    taxes = tuple(new - old for new, old in zip(has, had, strict=True))
    return LineFigures(part_total_minor - sum(taxes), sum(taxes), taxes)


def total_of_quantity(
    line: LineFigures, already_total_minor: int, before: Decimal, taken: Decimal, whole: Decimal
) -> int:
    """What the next `taken` of a line's quantity `whole` comes to with tax, `before` of it being credited, minor units.

    The proportion of the line's total for the quantity so far, rounded half up, less the same without this part: the
    parts of the whole quantity come to the whole total. It is at most what is left, for amounts may have been credited
    without a quantity. Less than half a unit is 0. Raises ValueError for a quantity that is not there any more.
    """
    if before < 0 or taken <= 0 or Fraction(before) + Fraction(taken) > Fraction(whole):
        raise ValueError("more would be credited than the quantity of the line")
    if not 0 <= already_total_minor <= line.total_minor:
        raise ValueError("more was credited than the line comes to")
    each = line.total_minor / Fraction(whole)
    upto = round_half_up(each * (Fraction(before) + Fraction(taken)))
    return min(upto - round_half_up(each * Fraction(before)), line.total_minor - already_total_minor)


def _up_to(line: LineFigures, credited_minor: int) -> list[int]:
    """Each tax in the first `credited_minor` of the line's total."""
    tax_minor = round_half_up(Fraction(credited_minor * line.tax_minor, line.total_minor))
    return _shared_in_turn(tax_minor, line.taxes)


def _shared_in_turn(tax_minor: int, taxes: Sequence[int]) -> list[int]:
    """What of a sum of taxes each of them is, taking its proportion of what the ones before it left."""
    shares, rest, whole = [], tax_minor, sum(taxes)
    for tax in taxes:
        share = round_half_up(Fraction(rest * tax, whole)) if whole else 0
        shares.append(share)
        rest, whole = rest - share, whole - tax
    return shares
