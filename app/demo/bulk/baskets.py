"""What is sold together: a few hundred baskets of three lines, each added up once by the engine of the documents."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.bulk import Tail
from app.catalog.models import Item, Tax
from app.demo.bulk.material import ABROAD, QUANTITIES, SERVICES_ABROAD
from app.invoices.models import Invoice
from app.invoices.rules import Totals
from app.invoices.stencils import cut
from app.invoices.values import DraftValues, LineValues

LINES = 3
AT_HOME = 400
FROM_ABROAD = 60


@dataclass(frozen=True, slots=True)
class Basket:
    """Three lines as the rows of a `Stencil`."""

    currency: str
    percent_off: int | None
    totals: Totals
    lines: tuple[Tail, ...]
    taxes: tuple[tuple[int, Tail], ...]
    figures: tuple[tuple[int | None, Tail], ...]

    @property
    def discount_minor(self) -> int:
        """Both discounts together, in minor units."""
        return self.totals.line_discount_minor + self.totals.document_discount_minor


def at_home(items: Sequence[Item], tax: Tax, rounding: str, chance: random.Random) -> list[Basket]:
    """What clients of the country buy: items of the catalogue."""
    lines = [
        LineValues(item.name, Decimal(1), item.price, item.description, item.unit, None, (tax.id,), item.id)
        for item in items
    ]
    return [_basket(number, items[0].currency, lines, tax, rounding, chance) for number in range(AT_HOME)]


def abroad(tax: Tax, rounding: str, chance: random.Random) -> list[Basket]:
    """What clients abroad buy: services typed by hand, without an item."""
    lines = [
        LineValues(thing.name, Decimal(1), thing.price, "", thing.unit, None, (tax.id,)) for thing in SERVICES_ABROAD
    ]
    return [_basket(number, ABROAD, lines, tax, rounding, chance) for number in range(FROM_ABROAD)]


def _basket(
    number: int, currency: str, offered: list[LineValues], tax: Tax, rounding: str, chance: random.Random
) -> Basket:
    """One in ten has a discount on its second line, one in twenty on the whole."""
    lines = [replace(line, quantity=chance.choice(QUANTITIES)) for line in chance.sample(offered, LINES)]
    if number % 10 == 3:
        lines[1] = replace(lines[1], discount=("percent", Decimal(10)))
    percent = 5 if number % 20 == 7 else None
    discount = ("percent", Decimal(percent)) if percent else None
    typed = DraftValues(currency, date.min, 0, discount=discount, lines=tuple(lines))  # type: ignore[arg-type]
    document = Invoice(business_id=tax.business_id, id=uuid.UUID(int=0), currency=currency, prices_include_tax=False)
    document.tax_rounding, (document.discount_kind, document.discount_value) = rounding, discount or (None, None)
    made = cut(document, typed, {tax.id: tax})
    return Basket(currency, percent, made.totals, made.lines, made.taxes, made.figures)
