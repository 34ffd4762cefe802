"""Items and taxes as they are typed, and what can be said about them with pencil and paper. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.folding import fold_all
from app.money import AmountTooLarge, InexactAmount, Money

PRICINGS = ("document", "inclusive", "exclusive")
PRICING_WORDS = {
    "document": "As the invoice says",
    "inclusive": "Always inside the price",
    "exclusive": "Always on top of the price",
}
MOST_TAXES = 6


@dataclass(frozen=True, slots=True)
class TaxValues:
    """A tax as typed. `rate` in percent, 0 to 100 with at most six places; `pricing` is one of PRICINGS."""

    name: str
    rate: Decimal
    pricing: str = "document"
    compound: bool = False
    is_default: bool = False

    def columns(self) -> dict[str, object]:
        """The values of the row."""
        return {name: getattr(self, name) for name in ("name", "rate", "pricing", "compound", "is_default")}


@dataclass(frozen=True, slots=True)
class ItemValues:
    """An item as typed. `price` in major units of `currency`, for one `unit`."""

    name: str
    price: Decimal
    currency: str
    description: str = ""
    code: str = ""
    unit: str = ""
    tax_ids: tuple[uuid.UUID, ...] = ()

    def columns(self) -> dict[str, object]:
        """The values that stand on the item's own row."""
        return {name: getattr(self, name) for name in ("name", "price", "currency", "description", "code", "unit")}


def searchable(values: ItemValues) -> str:
    """What a search of items looks through."""
    return fold_all(values.name, values.code, values.description)


def shown_price(price: Decimal, currency: str) -> Money | None:
    """A unit price as money; None when it is finer than the currency's smallest coin (0.0125 a minute), or larger than
    money is."""
    try:
        return Money.of(price, currency)
    except (InexactAmount, AmountTooLarge):
        return None


def moved(ids: Sequence[uuid.UUID], id: uuid.UUID, direction: str) -> list[uuid.UUID]:
    """The order after moving one of them a place "up" or "down"; at the ends nothing moves."""
    order = list(ids)
    at = order.index(id)
    to = at - 1 if direction == "up" else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
    return order


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The tax most businesses of a country begin with; `rate` in percent."""

    name: str
    rate: Decimal


# Standard rates: NG VAT Act s.4 as amended by the Finance Act 2019; KE VAT Act 2013 s.5; ZA VAT Act 89 of 1991 s.7;
# GB VATA 1994 s.2; DE UStG s.12; FR CGI art. 278; NL Wet OB art. 9; IE VATCA 2010 s.46.
_STANDARD = {
    "NG": ("VAT", "7.5"),
    "KE": ("VAT", "16"),
    "ZA": ("VAT", "15"),
    "GB": ("VAT", "20"),
    "DE": ("USt", "19"),
    "FR": ("TVA", "20"),
    "NL": ("btw", "21"),
    "IE": ("VAT", "23"),
}


def suggestion(country: str) -> Suggestion | None:
    """What to offer a business that has no tax yet, by its ISO country code."""
    known = _STANDARD.get(country)
    return Suggestion(known[0], Decimal(known[1])) if known else None
