"""What people type about an invoice that comes again and again, without a plan: its lines, its rhythm, its days."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Form, FormField
from wtforms.fields.choices import SelectChoice

from app.billing.forms.plans import UNITS
from app.billing.forms.subscriptions import OtherForm
from app.billing.rules.calendar import Cycle
from app.billing.rules.naming import with_names, without_days
from app.billing.rules.plans import RHYTHMS
from app.billing.rules.subscriptions import MOST_ITEMS, ItemValues, SubscriptionValues
from app.catalog.models import Tax
from app.errors import Invalid
from app.invoices.models import Invoice
from app.invoices.queries.rows import Contents
from app.web import choices
from app.web.fields import Choice, Day, Id, IdList, LongText, Number, Pick, Rows, Text, Whole

SPARE = 3
"""Empty lines below those that are filled in."""


class LineRow(Form):
    """One line; without a text it is none."""

    title = Text("What", 300)
    detail = LongText("More about it", 2000)
    quantity = Number("Quantity", minimum=0)
    unit = Text("Unit", 24)
    price = Number("Price of one", minimum=0)
    discount = Number("Discount", minimum=0)
    discount_kind = Choice("Discount in", [("percent", "%"), ("amount", "money")], default="percent")
    tax_ids = IdList("Taxes")


class RecurringForm(OtherForm):
    """Lines of any kind, in any rhythm."""

    subscription_id = Id()
    client_id = Id()
    name = Text("Name", 200, required="Enter a name.")
    currency = Choice("Currency", choices.currencies, sentence="Choose a currency from the list.")
    lines = Rows(FormField(LineRow), label="Lines", max_entries=MOST_ITEMS)
    prices_include_tax = BooleanField("Prices include tax")
    cycle_count = Whole("Every", minimum=1, maximum=366, required="Enter how many.", default=1)
    cycle_unit = Choice("Counted in", UNITS, default="month", sentence="Choose days, weeks, months or years.")
    anchor_day = Whole("Periods begin on day", minimum=1, maximum=31)
    ahead = Pick("Billed", [("yes", "Ahead"), ("no", "Afterwards")], default="yes", sentence="Choose one.")
    stub = Pick(
        "The days before the first whole period are",
        [("now", "Billed at once"), ("next", "Billed with the first whole one"), ("free", "Not billed")],
        default="now",
        sentence="Choose what becomes of them.",
    )
    starts_on = Day("Starts on", required="Enter the day it starts on.")
    last_day = Day("Last day")

    def show(self, taxes: Sequence[Tax]) -> RecurringForm:
        """Have some empty lines, and these taxes to choose from."""
        filled = sum(1 for row in self.lines if row.form.title.data or row.form.title.text)
        while len(self.lines) < min(filled + SPARE, MOST_ITEMS):
            self.lines.append_entry({"quantity": Decimal(1)})
        for row in self.lines:
            row.form.tax_ids.choices = [SelectChoice(str(tax.id), tax.name) for tax in taxes]
        return self

    def values(self) -> SubscriptionValues:
        """What was typed, after `validate()`. Raises Invalid with the field."""
        named = RHYTHMS[self.cycle_unit.data]
        cycle = Cycle(named.unit, named.count * self.cycle_count.data)
        last: date | None = self.last_day.data
        return SubscriptionValues(
            client_id=self.client_id.data,
            name=self.name.data,
            currency=self.currency.data,
            starts_on=self.starts_on.data,
            items=tuple(_item(row.form) for row in self._filled()),
            cycle_unit=cycle.unit,
            cycle_count=cycle.count,
            anchor_day=self.anchor_day.data if cycle.unit != "day" else None,
            ahead=self.ahead.data == "yes",
            stub=self.stub.data,
            ends_on=last + timedelta(days=1) if last else None,
            terms_days=self.terms_days.data,
            po_number=self.po_number.data or "",
            notes=self.notes.data or "",
            prices_include_tax=bool(self.prices_include_tax.data),
            apart=bool(self.apart.data),
        )

    def refuse(self, error: Invalid) -> None:
        """Show a refusal beside the fields that its paths stand for; what is no field goes to the top."""
        rows = self._filled()
        renamed = {"ends_on": "last_day", "items": "lines"}
        for path, sentences in error.errors.items():
            parts = path.split(".")
            if len(parts) == 3 and parts[0] == "items":
                row = rows[int(parts[1])]
                field = row.form._fields.get(parts[2], row.form.title)
                self.lines.errors = [*self.lines.errors, {parts[2]: sentences}]
            else:
                field = self._fields.get(renamed.get(path, path))
            if field is None or field is self.lines:
                self.form_errors.extend(sentences)
            else:
                field.errors = [*field.errors, *sentences]

    def _filled(self) -> list[Any]:
        return [row for row in self.lines if row.form.title.data]


def from_invoice(invoice: Invoice, contents: Contents, locale: str) -> dict[str, Any]:
    """An invoice as the data of the form, without its days: those in the texts of its lines become names."""
    taxes: dict[uuid.UUID, list[str]] = {}
    for tax in contents.taxes:
        taxes.setdefault(tax.line_id, []).append(str(tax.tax_id))
    lines = [
        {
            "title": with_names(line.title, locale)[:300],
            "detail": with_names(without_days(line.detail, locale), locale),
            "quantity": line.quantity, "unit": line.unit,
            "price": line.unit_price, "discount": line.discount_value,
            "discount_kind": line.discount_kind or "percent", "tax_ids": taxes.get(line.id, []),
        }
        for line in contents.lines
    ]  # fmt: skip
    return {
        "name": contents.lines[0].title[:200] if contents.lines else "",
        "currency": invoice.currency,
        "lines": lines,
        "prices_include_tax": invoice.prices_include_tax,
        "po_number": invoice.po_number,
        "notes": invoice.notes,
    }


def _item(row: LineRow) -> ItemValues:
    kind, off = row.discount_kind.data, row.discount.data
    return ItemValues(
        title=row.title.data,
        quantity=row.quantity.data or Decimal(0),
        price=row.price.data,
        detail=row.detail.data,
        unit=row.unit.data,
        discount=(kind, off) if off else None,
        tax_ids=tuple(row.tax_ids.data),
    )
