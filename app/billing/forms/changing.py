"""What people type about a change of what is paid for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, FormField, HiddenField
from wtforms.validators import ValidationError

from app.billing.forms.subscriptions import MOST_ADDONS, AddonRow, offer_words
from app.billing.queries.offered import Choice as Offer
from app.billing.rules.charging import Item
from app.billing.service.applying import Wish
from app.billing.service.wanting import Edit, ItemsWish, PlanWish, other_things, to_plan
from app.errors import Invalid
from app.web.fields import Choice, Day, Id, Number, Pick, Rows, Version

MOST_THINGS = 100


class ChangeForm(FlaskForm):
    """From which day on, and how the days of a period that is billed already are billed. `seen` is the mark of what was
    shown, and only that is done. Each kind has its `page`, of which it is a `part`, and says what is wanted: `wish`."""

    page = part = ""
    when = Pick("From when", [("now", ""), ("term", ""), ("day", "")], default="now", sentence="Choose from when.")
    day = Day("That day")
    billing = Pick(
        "The new days of a period that is billed already",
        [("now", "On an invoice of their own, today"), ("next", "On the next invoice")],
        default="now",
        sentence="Choose how they are billed.",
    )
    setup = BooleanField("Charge its set-up fee, too")
    send = BooleanField("Send an invoice that is made now to the client", default=True)
    seen = HiddenField()
    version = Version()

    def begin(self, today: date, term: date, words: str) -> ChangeForm:
        """Say what the choices of the day mean; `words` say the first day that is not billed yet."""
        self.today, self.term = today, term
        self.when.choices = [("now", "Today"), ("term", f"{words}, with the next period"), ("day", "On another day")]
        return self

    def since(self) -> date:
        """The day, after `validate()`. Raises Invalid when the other day is missing."""
        if self.when.data == "now":
            return self.today
        if self.when.data == "term":
            return self.term
        if self.day.data is None:
            raise Invalid("since", "Enter the day.")
        day: date = self.day.data
        return day

    def wish(self, business_id: uuid.UUID) -> Wish:
        """What was typed, after `validate()`. Raises Invalid with the field."""
        raise NotImplementedError

    def refuse(self, error: Invalid) -> None:
        """Show a refusal beside the fields it names; what is no field goes to the top."""
        for path, sentences in error.errors.items():
            field = self._place(path)
            if field is None:
                self.form_errors.extend(sentences)
            else:
                field.errors = [*field.errors, *sentences]

    def _place(self, path: str) -> Field | None:
        return self._fields.get({"since": "day", "currency": "plan_id"}.get(path, path))


class PlanForm(ChangeForm):
    """Another plan, in the currency of the subscription."""

    page, part = "billing/changes/change_plan.html", "billing/changes/_change_plan.html"
    plan_id = Choice("New plan", sentence="Choose a plan from the list.")
    quantity = Number("How many", required="Enter how many.")
    price = Number("Price of their own", minimum=0)

    def offer(self, plans: Mapping[uuid.UUID, Offer]) -> PlanForm:
        """Show these to choose from."""
        chosen = [(str(id), offer_words(one)) for id, one in plans.items()]
        self.plan_id.choices = [("", "Choose the new plan"), *chosen]
        return self

    def validate_plan_id(self, field: Choice) -> None:
        if not field.data:
            raise ValidationError("Choose the new plan.")

    def wish(self, business_id: uuid.UUID) -> Wish:
        wish = PlanWish(
            uuid.UUID(self.plan_id.data),
            self.since(),
            self.quantity.data,
            self.price.data,
            setup=bool(self.setup.data),
            at_once=self.billing.data == "now",
        )
        return lambda found, today: to_plan(business_id, found, wish, today)


class ThingRow(Form):
    """How many of a thing, and at which price."""

    item_id = Id()
    quantity = Number("Quantity", minimum=0)
    price = Number("Price of their own", minimum=0)


class ItemsForm(ChangeForm):
    """Other quantities and prices of what is paid for, and add-ons that come to it."""

    page, part = "billing/changes/change_items.html", "billing/changes/_change_items.html"
    things = Rows(FormField(ThingRow), label="What is paid for", max_entries=MOST_THINGS)
    adds = Rows(FormField(AddonRow), label="Add-ons", max_entries=MOST_ADDONS)

    def show(self, items: Sequence[Item], addons: Mapping[uuid.UUID, Offer]) -> ItemsForm:
        """Have a row for every thing and add-on."""
        known = {str(row.form.item_id.data or row.form.item_id.text) for row in self.things}
        for item in items:
            if str(item.id) not in known:
                self.things.append_entry({"item_id": item.id, "quantity": item.quantity, "price": item.price})
        asked = {str(row.form.plan_id.data or row.form.plan_id.text) for row in self.adds}
        for id in addons:
            if str(id) not in asked:
                self.adds.append_entry({"plan_id": id})
        return self

    def wish(self, business_id: uuid.UUID) -> Wish:
        """The same; an empty quantity is none of it."""
        edits = {
            row.form.item_id.data: Edit(row.form.quantity.data or Decimal(0), row.form.price.data)
            for row in self.things
            if row.form.item_id.data
        }
        adds = {row.form.plan_id.data: row.form.quantity.data for row in self.adds if row.form.quantity.data}
        once = {"setup": bool(self.setup.data), "at_once": self.billing.data == "now"}
        wish = ItemsWish(self.since(), edits, adds, **once)
        return lambda found, today: other_things(business_id, found, wish, today)

    def _place(self, path: str) -> Field | None:
        """The quantity of the thing or add-on that a path names."""
        kind, _, named = path.partition(".")
        rows = [("edits", row, row.form.item_id) for row in self.things]
        rows += [("adds", row, row.form.plan_id) for row in self.adds]
        of = (row.form.quantity for of, row, id in rows if of == kind and str(id.data) == named)
        place = next(of, None)
        return place if place is not None else super()._place(path)


def first_values(version: int) -> dict[str, Any]:
    """What stands in a form that nobody filled in yet."""
    return {"when": "now", "billing": "now", "send": True, "version": version}
