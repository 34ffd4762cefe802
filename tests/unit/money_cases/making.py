"""Currencies, amounts, taxes and documents, drawn by chance; half of them as people have them, half of them odd."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from app.invoices.rules import Discount, DocumentInput, LineInput, TaxRate
from app.invoices.rules.documents import Rounding
from app.money import MAX_MINOR

CURRENCIES = ("JPY", "UGX", "NGN", "EUR", "KES", "KWD", "BHD")
"""With no decimals, two and three."""

RATES = ("0", "1", "2.5", "5", "7", "7.5", "8.875", "9.975", "16", "18", "19", "20", "27.123456", "100")


def amount(chance: Random, most: int = MAX_MINOR) -> int:
    """An amount in minor units, 0 or more; small ones are as likely as large ones."""
    return min(most, chance.randrange(10 ** chance.randrange(1, len(str(most)) + 1)))


def places(chance: Random, most: int, digits: int = 3) -> Decimal:
    """A number with up to six places and up to so many digits before them."""
    scale = chance.choice((0, 0, 1, 2, 2, 3, most))
    return Decimal(chance.randrange(10 ** (chance.randrange(1, digits + 1) + scale))).scaleb(-scale)


def tax(chance: Random, name: str) -> TaxRate:
    return TaxRate(name, name, Decimal(chance.choice(RATES)), chance.random() < 0.4, chance.random() < 0.4)


def stacks(chance: Random) -> list[tuple[TaxRate, ...]]:
    """What the lines of one document may choose from: a few taxes, in a few combinations."""
    taxes = [tax(chance, name) for name in "ABCD"[: chance.randrange(1, 5)]]
    return [tuple(one for one in taxes if chance.random() < 0.6) for _ in range(chance.choice((1, 1, 2, 3)))]


def discount(chance: Random, base_minor: int) -> Discount | None:
    """None, percent, or an amount that is not larger than what it is taken from."""
    kind = chance.choice((None, None, "percent", "amount"))
    if kind == "percent":
        return Discount("percent", min(places(chance, 6), Decimal(100)))
    return Discount("amount", Decimal(chance.randint(0, base_minor))) if kind else None


def line(chance: Random, taxes: tuple[TaxRate, ...]) -> LineInput:
    """A line without a discount: its price is known only when it is added up."""
    return LineInput(places(chance, 6), places(chance, 6, digits=5), None, taxes)


def document(chance: Random, rounding: Rounding | None = None) -> DocumentInput:
    """A document of one to eight lines, some of them equal, with taxes and discounts in percent."""
    choices = stacks(chance)
    lines: list[LineInput] = []
    for _ in range(chance.randrange(1, 9)):
        if lines and chance.random() < 0.3:
            lines.append(chance.choice(lines))
            continue
        made = line(chance, chance.choice(choices))
        off = discount(chance, 0) if chance.random() < 0.3 else None
        lines.append(LineInput(made.quantity, made.unit_price, off, made.taxes))
    off = discount(chance, 0) if chance.random() < 0.5 else None
    how = rounding or chance.choice(("line", "document"))
    return DocumentInput(chance.choice(CURRENCIES), tuple(lines), off, how)


def parts(chance: Random, whole: int, most: int = 8) -> list[int]:
    """A positive whole number cut into positive parts at chance."""
    cuts = sorted({chance.randrange(1, whole) for _ in range(chance.randrange(most))}) if whole > 1 else []
    return [after - before for before, after in zip([0, *cuts], [*cuts, whole], strict=True)]
