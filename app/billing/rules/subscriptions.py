"""Subscriptions as they are typed. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from app.billing.rules.calendar import Cycle, Rhythm, rhythm_from
from app.billing.rules.charging import Discount
from app.billing.rules.naming import refusals
from app.billing.rules.periods import STUBS
from app.errors import Invalid
from app.folding import fold_all

MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class ItemValues:
    """One thing that is paid for. `price` in major units for one; None is the price of its plan. `once`: a single time.

    Without `tax_ids` the taxes of its plan apply.
    """

    title: str
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    plan_id: uuid.UUID | None = None
    detail: str = ""
    unit: str = ""
    discount: Discount | None = None
    tax_ids: tuple[uuid.UUID, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionValues:
    """An agreement as typed. It is paid for from `starts_on`, or from `trial_until` where there is a trial.

    `billed_from` is a later day for what began elsewhere: days before it were billed there. `ends_on` is the first day
    without it. Raises Invalid with the field where two of them do not go together.
    """

    client_id: uuid.UUID
    name: str
    currency: str
    starts_on: date
    items: tuple[ItemValues, ...]
    cycle_unit: str = "month"
    cycle_count: int = 1
    anchor_day: int | None = None
    anchor_month: int | None = None
    ahead: bool = True
    stub: str = "now"
    trial_until: date | None = None
    billed_from: date | None = None
    ends_on: date | None = None
    terms_days: int | None = None
    po_number: str = ""
    notes: str = ""
    prices_include_tax: bool = False
    apart: bool = False

    def __post_init__(self) -> None:
        if self.stub not in STUBS:
            raise Invalid("stub", "Choose what happens to the days before the first whole period.")
        if self.trial_until is not None and self.trial_until < self.starts_on:
            raise Invalid("trial_until", "The trial ends before it begins.")
        if self.ends_on is not None and self.ends_on <= self.paid_from:
            raise Invalid("ends_on", "It ends before anything is paid for.")
        if self.billed_from is not None and self.billed_from < self.paid_from:
            raise Invalid("billed_from", "Nothing is paid for before this day.")
        if not self.items:
            raise Invalid("items", "Add what is paid for.")
        if len(self.items) > MOST_ITEMS:
            raise Invalid("items", f"A subscription holds at most {MOST_ITEMS} things.")
        self._check_items()
        self.rhythm()

    @property
    def paid_from(self) -> date:
        """The first day that is paid for."""
        return self.trial_until or self.starts_on

    def rhythm(self) -> Rhythm:
        """When its periods begin."""
        cycle = Cycle(self.cycle_unit, self.cycle_count)
        return rhythm_from(cycle, self.paid_from, day=self.anchor_day, month=self.anchor_month)

    def _check_items(self) -> None:
        problems: dict[str, list[str]] = {}
        for index, item in enumerate(self.items):
            if not item.title.strip():
                problems[f"items.{index}.title"] = ["Say what this is."]
            elif unknown := refusals(item.title):
                problems[f"items.{index}.title"] = unknown
            if unknown := refusals(item.detail):
                problems[f"items.{index}.detail"] = unknown
            if item.quantity <= 0:
                problems[f"items.{index}.quantity"] = ["Enter a quantity above zero."]
            if item.price is None and item.plan_id is None:
                problems[f"items.{index}.price"] = ["Enter a price."]
            elif item.price is not None and item.price < 0:
                problems[f"items.{index}.price"] = ["A price cannot be below zero."]
        if problems:
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class OtherValues:
    """What may be changed without agreeing anew. `terms_days` None: the client's."""

    name: str
    terms_days: int | None = None
    po_number: str = ""
    notes: str = ""
    apart: bool = False

    def columns(self) -> dict[str, object]:
        """The values by the columns that hold them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def searchable(name: str, titles: Iterable[str], client_search: str) -> str:
    """What a search of subscriptions looks through: its own name, what is in it, and its client."""
    return fold_all(name, *titles) + " " + client_search
