"""What people type about a subscription: a new one, and what may be changed about it later."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, FormField
from wtforms.validators import ValidationError

from app.billing.models import Subscription
from app.billing.queries.offered import Choice as Offer
from app.billing.rules.plans import cycle_words
from app.billing.rules.subscriptions import ItemValues, OtherValues, SubscriptionValues
from app.catalog.rules import shown_price
from app.clients.rules import LONGEST_TERMS
from app.errors import Invalid
from app.web import filters
from app.web.fields import Choice, Day, Id, LongText, Number, Rows, Text, Version, Whole

_ITEM = re.compile(r"items\.([0-9]+)\.(\w+)")
MOST_ADDONS = 500


class AddonRow(Form):
    """How many of an add-on; empty is none."""

    plan_id = Id()
    quantity = Number("Quantity", minimum=0)


class OtherForm(FlaskForm):
    """What is no part of the price."""

    terms_days = Whole("Payment terms", maximum=LONGEST_TERMS)
    po_number = Text("Their order number", 60)
    notes = LongText("Note on its invoices", 2000)
    apart = BooleanField("Always on an invoice of its own")


class EditForm(OtherForm):
    """The same of a subscription that exists, with its name."""

    name = Text("Name", 200, required="Enter a name.")
    version = Version()

    def values(self) -> OtherValues:
        """What was typed, after `validate()`."""
        kept = (self.name.data, self.terms_days.data, self.po_number.data, self.notes.data)
        return OtherValues(*kept, apart=bool(self.apart.data))


class NewForm(OtherForm):
    """A new subscription of a client, in one currency. `offer` says what can be chosen."""

    subscription_id = Id()
    client_id = Id()
    currency = Text("Currency", 3)
    plan_id = Choice("Plan", sentence="Choose a plan from the list.")
    name = Text("Name", 200)
    quantity = Number("How many", required="Enter how many.")
    price = Number("Price of their own", minimum=0)
    setup_price = Number("Set-up, once", minimum=0)
    addons = Rows(FormField(AddonRow), label="Add-ons", max_entries=MOST_ADDONS)
    starts_on = Day("Starts on", required="Enter the day it starts on.")
    trial_until = Day("Paid from")
    billed_from = Day("Billed from")
    anchor_day = Whole("Periods begin on day", minimum=1, maximum=31)
    last_day = Day("Last day")

    def offer(self, plans: Mapping[uuid.UUID, Offer], addons: Mapping[uuid.UUID, Offer]) -> NewForm:
        """Show these to choose from; every add-on has a row."""
        self.plan_id.choices = [("", "Choose the plan"), *((str(id), offer_words(one)) for id, one in plans.items())]
        asked = {str(row.form.plan_id.data or row.form.plan_id.text) for row in self.addons}
        for id in addons:
            if str(id) not in asked:
                self.addons.append_entry({"plan_id": id})
        self.places: list[Field] = []
        return self

    def validate_plan_id(self, field: Choice) -> None:
        if not field.data:
            raise ValidationError("Choose the plan.")

    def values(self, plans: Mapping[uuid.UUID, Offer], addons: Mapping[uuid.UUID, Offer]) -> SubscriptionValues:
        """What was typed, after `validate()`. Raises Invalid with the field."""
        offer = plans[uuid.UUID(self.plan_id.data)]
        plan, starts = offer.plan, self.starts_on.data
        items = self._items(offer, addons)
        last = self.last_day.data
        return SubscriptionValues(
            client_id=self.client_id.data,
            name=self.name.data or plan.name,
            currency=self.currency.data,
            starts_on=starts,
            items=tuple(items),
            cycle_unit=plan.cycle_unit,
            cycle_count=plan.cycle_count,
            anchor_day=self.anchor_day.data or plan.anchor_day,
            anchor_month=plan.anchor_month,
            ahead=plan.ahead,
            stub=plan.stub,
            trial_until=self._trial(starts, plan.trial_days),
            billed_from=self.billed_from.data,
            ends_on=last + timedelta(days=1) if last else None,
            terms_days=self.terms_days.data,
            po_number=self.po_number.data or "",
            notes=self.notes.data or "",
            apart=bool(self.apart.data),
        )

    def refuse(self, error: Invalid) -> None:
        """Show a refusal beside the fields that its paths stand for; what is no field goes to the top."""
        for path, sentences in error.errors.items():
            field = self._field(path)
            if field is None:
                self.form_errors.extend(sentences)
            else:
                field.errors = [*field.errors, *sentences]
        # A list of rows is wrong when one of them is.
        if any(row.form.errors for row in self.addons):
            self.addons.errors = [row.form.errors for row in self.addons]

    def _items(self, offer: Offer, addons: Mapping[uuid.UUID, Offer]) -> list[ItemValues]:
        """What is paid for; `places` keeps the field that each of them came from."""
        plan, setup = offer.plan, self.setup_price.data
        items = [_item(offer, self.quantity.data, self.price.data)]
        self.places = [self.quantity]
        if setup or (setup is None and offer.price.setup_price):
            items.append(_setup(offer, setup))
            self.places.append(self.setup_price)
        for row in self.addons:
            chosen, quantity = row.form.plan_id.data, row.form.quantity.data
            if not quantity or not chosen:
                continue
            addon = addons.get(chosen)
            if addon is None:
                # Whoever sent it did not have it from this form: the service says what it is.
                items.append(ItemValues(title=plan.name, plan_id=chosen, quantity=quantity))
                self.places.append(row.form.quantity)
                continue
            items.append(_item(addon, quantity))
            self.places.append(row.form.quantity)
            if addon.price.setup_price:
                items.append(_setup(addon))
                self.places.append(row.form.quantity)
        return items

    def _trial(self, starts: date, days: int) -> date | None:
        """The first day that is paid for when that is not the first."""
        until = self.trial_until.data or starts + timedelta(days=days)
        return until if until != starts else None

    def _field(self, path: str) -> Field | None:
        if found := _ITEM.fullmatch(path):
            place = self.places[int(found[1])]
            if place is self.quantity and found[2] in ("price", "plan_id", "title", "detail"):
                return self.price if found[2] == "price" else self.plan_id
            return place
        renamed = {"ends_on": "last_day", "anchor_month": "anchor_day", "currency": "plan_id", "stub": "plan_id"}
        name = renamed.get(path, path)
        return None if name == "client_id" else self._fields.get(name)


def offer_words(offer: Offer) -> str:
    """A plan with its price, as it stands in a list: Home 20 Mbps, ₦18,500.00 every month."""
    plan, price = offer.plan, offer.price
    shown = shown_price(price.price, price.currency)
    figure = filters.money(shown) if shown else f"{price.currency} {price.price.normalize():f}"
    return f"{plan.name}, {figure} {cycle_words(plan.cycle_unit, plan.cycle_count)}"


def stored(row: Subscription) -> dict[str, Any]:
    """A subscription as the data of its form."""
    return {name: getattr(row, name) for name in ("name", "terms_days", "po_number", "notes", "apart", "version")}


def _item(offer: Offer, quantity: Decimal, price: Decimal | None = None) -> ItemValues:
    plan = offer.plan
    return ItemValues(plan.name, quantity, price, plan_id=plan.id, detail=plan.description)


def _setup(offer: Offer, price: Decimal | None = None) -> ItemValues:
    """What setting up costs: it is paid once, however many there are of it."""
    return ItemValues(f"Set-up, {offer.plan.name}", Decimal(1), price, plan_id=offer.plan.id, once=True)
