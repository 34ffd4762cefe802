"""The lines of an editor: a discount in one field, one line, and all of them in the order in which they were sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import FieldList
from wtforms.form import BaseForm, Form
from wtforms.utils import unset_value

from app.invoices.values import DiscountValue, LineValues
from app.money import parse_amount, parse_decimal
from app.web.fields import Id, IdList, LongText, Number, Refused, Text

MAX_LINES = 500
DIGITS = 12
"""Before the point of a discount: all that six decimals leave room for where it is stored."""


class DiscountField(Text):
    """A discount in one field, "10%" or "500": as (kind, value), percent or major units; None when empty or zero.

    The enclosing form says in `money_currency` which currency an amount is in.
    """

    empty = None

    def __init__(self, label: str = "Discount", **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label, 64, **kwargs)

    def read(self, text: str, form: BaseForm) -> DiscountValue | None:
        if text.endswith("%"):
            percent = parse_decimal(text[:-1].rstrip(), places=4, integer_digits=3, minimum=0, maximum=100)
            return ("percent", percent) if percent else None
        amount = parse_amount(text, form.money_currency)  # type: ignore[attr-defined]
        if amount.minor and amount.decimal.adjusted() >= DIGITS:
            raise Refused(f"Use at most {DIGITS} digits before the decimal point.")
        return ("amount", amount.decimal) if amount.minor else None

    def write(self, value: Any) -> str:
        kind, number = value
        return f"{number:f}%" if kind == "percent" else f"{number:f}"


class UnitPrice(Number):
    """A price in major units, shown again in groups of three with two decimals or as many as it has: 61,480.00.

    The enclosing form says in `money_currency` which currency it is in; its sign or code may be typed along.
    """

    def read(self, text: str, form: BaseForm) -> Decimal:
        currency: str = form.money_currency  # type: ignore[attr-defined]
        return parse_decimal(text, self.places, self.digits, self.minimum, self.maximum, currency)

    def write(self, value: Any) -> str:
        if not isinstance(value, Decimal):
            return super().write(value)
        places = -value.normalize().as_tuple().exponent  # type: ignore[operator]  # never NaN: it was read or stored
        return f"{value:,.{max(2, places)}f}"


class LineForm(Form):
    """One line. A line in which nothing was typed is no line."""

    item_id = Id("Item")
    title = Text("What", 300)
    detail = LongText("Detail", 2000)
    unit = Text("Unit", 24)
    quantity = Number("Quantity", minimum=0)
    unit_price = UnitPrice("Price", minimum=0)
    discount = DiscountField("Discount")
    taxes = IdList("Taxes", limit=10)

    money_currency = "USD"

    @property
    def blank(self) -> bool:
        """Whether nobody typed what, a detail or a price. Holds after validation."""
        return not (self.title.data or self.detail.data or self.unit_price.data or self.discount.data)

    @property
    def picked_taxes(self) -> set[str]:
        """The ids of the chosen taxes, as the boxes are named."""
        return {str(one) for one in self.taxes.data or ()}

    def values(self) -> LineValues:
        """The clean line: an empty quantity is one, an empty price nothing."""
        return LineValues(
            title=self.title.data,
            detail=self.detail.data,
            unit=self.unit.data,
            quantity=Decimal(1) if self.quantity.data is None else self.quantity.data,
            unit_price=self.unit_price.data or Decimal(0),
            discount=self.discount.data,
            tax_ids=tuple(self.taxes.data or ()),
            item_id=self.item_id.data,
        )


class LineList(FieldList):
    """Lines in the order in which they were sent, under the names they were sent with.

    So that moving a line is moving its row: nothing has to be numbered again, neither here nor in the browser.
    """

    dropped = False

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.entries, self.last_index = [], -1
        if not formdata:
            for one in self.default if data is unset_value else data:
                self._add_entry(None, one)
            return
        indices = list(dict.fromkeys(self._extract_indices(self.name, formdata)))
        self.dropped = len(indices) > MAX_LINES
        for index in indices[:MAX_LINES]:
            self._add_entry(formdata, unset_value, index=index)
        self.last_index = max(indices[:MAX_LINES], default=-1)

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterable[int]:
        for key in formdata:
            index = key[len(prefix) + 1 :].split("-", 1)[0] if key.startswith(prefix + "-") else ""
            if index.isascii() and index.isdigit() and len(index) < 6:
                yield int(index)

    def add(self, data: Mapping[str, Any]) -> None:
        """One more line at the end; it is checked like one that was typed, and so holds the same types."""
        self.append_entry(data).form.validate()

    def rearrange(self, verb: str, index: int) -> None:
        """Move the line named `index` "up" or "down", or "remove" it; nothing happens at the ends."""
        place = next((n for n, entry in enumerate(self.entries) if entry.index == index), None)
        if place is None:
            return
        entry = self.entries.pop(place)
        if verb != "remove":
            self.entries.insert(max(0, place + (-1 if verb == "up" else 1)), entry)


def line_data(line: LineValues) -> dict[str, Any]:
    """One stored line as the editor shows it."""
    return {
        "item_id": line.item_id,
        "title": line.title,
        "detail": line.detail,
        "unit": line.unit,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "taxes": list(line.tax_ids),
    }


def empty_line(tax_ids: Iterable[uuid.UUID] = ()) -> dict[str, Any]:
    """A line before anything is typed, with the taxes every new line brings."""
    return {"quantity": Decimal(1), "taxes": list(tax_ids)}
