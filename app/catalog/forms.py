"""What people type about items and taxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.catalog.models import Item, Tax
from app.catalog.rules import MOST_TAXES, PRICING_WORDS, ItemValues, TaxValues
from app.web import choices
from app.web.fields import Choice, IdList, LongText, Number, Percent, Pick, Text, Version


class ItemForm(FlaskForm):
    """Something sold again and again. The choices of `tax_ids` are the taxes in use."""

    name = Text("Name", 200, required="Enter a name.")
    code = Text("Code", 40)
    price = Number("Price", required="Enter a price.")
    currency = Choice("Currency", choices.currencies, sentence="Choose a currency from the list.")
    unit = Text("Unit", 24)
    description = LongText("Description", 1000)
    tax_ids = IdList("Taxes")
    version = Version()

    def validate_tax_ids(self, field: IdList) -> None:
        if len(field.data) > MOST_TAXES:
            raise ValidationError(f"An item brings at most {MOST_TAXES} taxes along.")

    def offer(self, taxes: Sequence[Tax]) -> ItemForm:
        """Show these taxes to choose from."""
        self.tax_ids.choices = [SelectChoice(str(tax.id), tax.name) for tax in taxes]
        return self

    def values(self) -> ItemValues:
        """What was typed, after `validate()`."""
        names = ("name", "price", "currency", "description", "code", "unit")
        return ItemValues(**{name: self[name].data for name in names}, tax_ids=tuple(self.tax_ids.data))


class QuickItemForm(ItemForm):
    """An item made while an invoice is written, in the currency of that invoice.

    It is typed inside the editor's own form, so its fields have names no field of an invoice has.
    """

    name = Text("Name of the item", 200, required="Enter a name.", name="item_name")
    price = Number("Price", required="Enter a price.", name="item_price")
    unit = Text("Unit", 24, name="item_unit")
    tax_ids = IdList("Taxes", name="item_tax_ids")


class TaxForm(FlaskForm):
    """A tax rate and how it meets a price."""

    name = Text("Name", 60, required="Enter a name, such as VAT.")
    rate = Percent("Rate", places=6, required="Enter a rate, such as 7.5.")
    pricing = Pick("Prices", list(PRICING_WORDS.items()), default="document", sentence="Choose how prices are read.")
    compound = BooleanField("Compound: on top of the taxes before it")
    is_default = BooleanField("Put it on new lines by itself")
    version = Version()

    def values(self) -> TaxValues:
        """What was typed, after `validate()`."""
        marks = {"compound": bool(self.compound.data), "is_default": bool(self.is_default.data)}
        return TaxValues(self.name.data, self.rate.data, self.pricing.data, **marks)


def stored_item(item: Item, taxes: Sequence[Tax]) -> dict[str, Any]:
    """An item as the data of its form."""
    names = ("name", "code", "price", "currency", "unit", "description", "version")
    return {name: getattr(item, name) for name in names} | {"tax_ids": [str(tax.id) for tax in taxes]}


def stored_tax(tax: Tax) -> dict[str, Any]:
    """A tax as the data of its form."""
    names = ("name", "rate", "pricing", "compound", "is_default", "version")
    return {name: getattr(tax, name) for name in names}
