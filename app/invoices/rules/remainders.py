"""What largest remainder gave to whom, beyond everybody's share rounded down."""

from collections.abc import Sequence
from fractions import Fraction


def exact_shares(total_minor: int, weights: Sequence[int | Fraction]) -> list[Fraction]:
    """`total_minor` (never negative) in proportion to `weights`, unrounded; nothing for anybody if all are 0."""
    whole = sum(map(Fraction, weights), Fraction())
    return [total_minor * Fraction(weight) / whole if whole else Fraction() for weight in weights]


def remainders(total_minor: int, weights: Sequence[int | Fraction], shares: Sequence[int]) -> list[int]:
    """Of each of `shares` (minor units), as `split` made them, the units that were left over and came by remainder."""
    exact = exact_shares(total_minor, weights)
    return [share - one.numerator // one.denominator for share, one in zip(shares, exact, strict=True)]
