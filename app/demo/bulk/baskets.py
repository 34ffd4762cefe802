"""What is sold together: a few hundred baskets of three lines, each added up once by the engine of the documents."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.catalog.models import Item, Tax
from app.demo.bulk.material import ABROAD, QUANTITIES, SERVICES_ABROAD
from app.demo.bulk.sheets import rest, values
from app.invoices.figures import keep_line_totals, keep_totals, typed_rows, typed_totals
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.invoices.rules import Component, Totals
from app.invoices.values import DraftValues, LineValues

LINES = 3
AT_HOME = 400
FROM_ABROAD = 60
LINE = rest(InvoiceLine, "id", "invoice_id")
LINE_TAX = rest(LineTax, "id", "invoice_id", "line_id")
FIGURE = rest(InvoiceFigure, "id", "invoice_id", "line_id")


@dataclass(frozen=True, slots=True)
class Basket:
    """Three lines as rows of LINE, LINE_TAX and FIGURE; the latter two say first which line they belong to."""

    currency: str
    percent_off: int | None
    totals: Totals
    lines: tuple[tuple[Any, ...], ...]
    taxes: tuple[tuple[int, tuple[Any, ...]], ...]
    figures: tuple[tuple[int | None, tuple[Any, ...]], ...]

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
    totals = typed_totals(typed, {tax.id: tax}, rounding)
    document = Invoice(business_id=tax.business_id, id=uuid.UUID(int=0), currency=currency, prices_include_tax=False)
    rows, taxes = typed_rows(document, typed, {tax.id: tax})
    keep_totals(document, totals)
    keep_line_totals(rows, totals)
    places = {row.id: place for place, row in enumerate(rows)}
    return Basket(
        currency=currency,
        percent_off=percent,
        totals=totals,
        lines=tuple(values(row, LINE) for row in rows),
        taxes=tuple((places[row.line_id], values(row, LINE_TAX)) for row in taxes),
        figures=tuple((part.line, _figure(position, part)) for position, part in enumerate(totals.components)),
    )


def _figure(position: int, part: Component) -> tuple[Any, ...]:
    row = InvoiceFigure(
        position=position,
        kind=part.kind,
        label=part.label,
        rate=part.rate,
        base_minor=part.base_minor,
        amount_minor=part.amount_minor,
        tax_id=uuid.UUID(part.tax_key) if part.tax_key else None,
        inclusive=part.inclusive,
    )
    return values(row, FIGURE)
