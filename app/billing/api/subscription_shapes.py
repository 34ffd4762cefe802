"""The shapes of subscriptions, and how they are written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries
from app.billing.api.plan_shapes import Stub, Unit
from app.billing.queries.listing import Listed, Thing, one_with_state, things_of
from app.money import json_money
from app.web.api import Amount, Currency, In, ListQuery, MoneyOut, Out, Since, instant

State = Literal["trial", "active", "past_due", "suspended", "paused", "cancelled", "ended"]
Include = Literal["items", "price"]


class AddonIn(In):
    """How many of an add-on, or of another plan that is billed in the same rhythm. Its set-up fee is charged once,
    whatever the quantity."""

    plan_id: uuid.UUID
    quantity: Amount = Decimal(1)


class SubscriptionLineIn(In):
    """Something that is paid for without a plan. Title and detail may name the period: `{{period}}`."""

    title: str = Field(min_length=1, max_length=300, examples=["Support, {{month}}"])
    detail: str = Field("", max_length=2000)
    quantity: Amount = Decimal(1)
    unit: str = Field("", max_length=24)
    price: Amount = Field(description="Of one, before taxes unless prices include them.")
    discount: str = Field(
        "", max_length=20, pattern=r"^([0-9]{1,12}(\.[0-9]{1,6})?%?)?$", description="`10%`, or an amount."
    )
    tax_ids: list[uuid.UUID] = Field([], max_length=6)


class OtherTyped(In):
    """What is no part of the price."""

    terms_days: int | None = Field(None, ge=0, le=365, description="Null: the customer's, else the business's.")
    po_number: str = Field("", max_length=60)
    notes: str = Field("", max_length=2000, description="Stands on its invoices.")
    apart: bool = Field(False, description="Never on one invoice with the customer's others.")


class SubscriptionIn(OtherTyped):
    """A plan with add-ons (`plan_id`), or lines of one's own (`lines`) in a rhythm of their own.

    With a plan, its rhythm counts: `cycle_unit`, `cycle_count`, `ahead`, `stub` and `prices_include_tax` are for lines
    alone; `quantity`, `price`, `setup_price`, `addons`, `trial_until` and `billed_from` are for plans alone.
    """

    customer_id: uuid.UUID
    currency: Currency = Field("", description="The customer's, else the business's, when left out.")
    name: str = Field("", max_length=200, description="The plan's when left out.")
    plan_id: uuid.UUID | None = None
    quantity: Amount = Decimal(1)
    price: Amount | None = Field(None, description="A price of their own in place of the plan's.")
    setup_price: Amount | None = Field(
        None, description="In place of the plan's, and as that charged once, whatever the quantity; 0 for none."
    )
    addons: list[AddonIn] = Field([], max_length=49)
    lines: list[SubscriptionLineIn] = Field([], max_length=50)
    cycle_unit: Unit = "month"
    cycle_count: int = Field(1, ge=1, le=366)
    ahead: bool = True
    stub: Stub = "now"
    prices_include_tax: bool = False
    starts_on: date | None = Field(None, description="Today when left out.")
    trial_until: date | None = Field(None, description="The first day that is paid for; the plan's trial counts, else.")
    billed_from: date | None = Field(None, description="A later day for what was billed elsewhere before.")
    anchor_day: int | None = Field(None, ge=1, le=31)
    last_day: date | None = None


class SubscriptionChange(OtherTyped):
    """What is to be different; what is left out stays. Plan, quantities and prices are changed by verbs."""

    name: str = Field("", min_length=1, max_length=200)


class SubscriptionItemOut(Out):
    """Something that is paid for. `price` null: the price of its plan; no `tax_ids`: the taxes of its plan."""

    id: uuid.UUID
    plan_id: uuid.UUID | None
    title: str
    detail: str
    unit: str
    quantity: str
    price: str | None
    discount: str
    tax_ids: list[uuid.UUID]
    once: bool
    since: date
    last_day: date | None


class SubscriptionOut(Out):
    """What a customer agreed to pay again and again.

    In a list `items` are null unless they are asked for (`include=items`). `price` is what a period costs today before
    taxes; it is null unless `include=price` asks for it, and where a price is missing.
    """

    id: uuid.UUID
    customer_id: uuid.UUID
    customer_name: str
    name: str
    state: State
    currency: str
    cycle_unit: Literal["day", "week", "month", "year"]
    cycle_count: int
    ahead: bool
    stub: Stub
    starts_on: date
    trial_until: date | None
    billed_from: date
    last_day: date | None
    next_bill_on: date | None
    cancelled_at: datetime | None
    cancel_reason: str
    suspended_at: datetime | None
    throttled_at: datetime | None
    suspend_reason: str
    until_paid: bool
    terms_days: int | None
    po_number: str
    notes: str
    prices_include_tax: bool
    apart: bool
    items: list[SubscriptionItemOut] | None
    price: MoneyOut | None
    created_at: datetime
    updated_at: datetime
    version: int


class SubscriptionQuery(ListQuery):
    """Which subscriptions, in which order."""

    q: str = Field("", max_length=200, description="Words of its name, its items, its customer, or its router's names.")
    customer_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    router_id: uuid.UUID | None = None
    state: State | Literal[""] = ""
    currency: Currency = ""
    starts_from: date | None = None
    starts_to: date | None = None
    bills_by: date | None = Field(None, description="Those with a period to bill by this day.")
    updated_since: Since | None = Field(None, description="Those that were changed or switched since.")
    sort: Literal["-created_at", "created_at", "next_bill_on", "updated_at"] = "-created_at"
    include: list[Include] = Field([], description="What else to tell of each.")


_ID = "01936f4e-7c00-7000-8000-0000000000"
SUBSCRIPTION: dict[str, Any] = {
    "id": f"{_ID}30",
    "customer_id": f"{_ID}10",
    "customer_name": "Adaeze Nwosu",
    "name": "Home 20 Mbps",
    "state": "active",
    "currency": "NGN",
    "cycle_unit": "month",
    "cycle_count": 1,
    "ahead": True,
    "stub": "now",
    "starts_on": "2026-11-01",
    "trial_until": None,
    "billed_from": "2026-11-01",
    "last_day": None,
    "next_bill_on": "2026-12-01",
    "cancelled_at": None,
    "cancel_reason": "",
    "suspended_at": None,
    "throttled_at": None,
    "suspend_reason": "",
    "until_paid": False,
    "terms_days": None,
    "po_number": "",
    "notes": "",
    "prices_include_tax": False,
    "apart": False,
    "items": [
        {
            "id": f"{_ID}31",
            "plan_id": f"{_ID}20",
            "title": "Home 20 Mbps",
            "detail": "",
            "unit": "",
            "quantity": "1",
            "price": None,
            "discount": "",
            "tax_ids": [],
            "once": False,
            "since": "2026-11-01",
            "last_day": None,
        }
    ],
    "price": None,
    "created_at": "2026-11-01T08:15:00Z",
    "updated_at": "2026-11-01T08:15:00Z",
    "version": 2,
}
_PLAIN = (
    "name", "currency", "ahead", "stub", "cancel_reason", "suspend_reason", "until_paid", "terms_days", "po_number",
    "notes", "prices_include_tax", "apart", "version",
)  # fmt: skip
_DAYS = ("starts_on", "trial_until", "billed_from", "next_bill_on")
_MOMENTS = ("cancelled_at", "suspended_at", "throttled_at", "created_at", "updated_at")


def today() -> date:
    """Today where the business is."""
    return clock.today(current_user.timezone)


def last_day(end: date | None) -> str | None:
    """The last day of what is over from `end` on."""
    return None if end is None else (end - timedelta(days=1)).isoformat()


def plain(value: Decimal) -> str:
    """A number without zeros that say nothing."""
    return f"{value.normalize():f}"


def read(subscription_id: uuid.UUID, include: Sequence[Include] = ()) -> dict[str, Any]:
    """A subscription as it goes out, with its items. Raises NotFound."""
    found = one_with_state(current_user.business_id, subscription_id, today())
    return written([found], ("items", *include))[0]


def written(found: Sequence[Listed], include: Sequence[Include]) -> list[dict[str, Any]]:
    """Subscriptions as they go out; as many statements for a hundred as for one."""
    business, ids = current_user.business_id, [one.row.id for one in found]
    items = things_of(business, ids) if "items" in include and ids else None
    prices = {}
    if "price" in include:
        told = queries.standings(business, [one.row for one in found], today())
        prices = {one.row.id: one.price for one in told}
    return [_written(one, items, prices.get(one.row.id)) for one in found]


def _written(one: Listed, items: dict[uuid.UUID, list[Thing]] | None, price: Any) -> dict[str, Any]:
    row = one.row
    ends_on = min(filter(None, (row.ends_on, row.cancelled_on)), default=None)
    return {
        "id": str(row.id),
        "customer_id": str(row.client_id),
        "customer_name": one.client_name,
        "state": one.state,
        "cycle_unit": one.cycle.unit,
        "cycle_count": one.cycle.count,
        **{name: getattr(row, name) for name in _PLAIN},
        **{name: (day := getattr(row, name)) and day.isoformat() for name in _DAYS},
        **{name: instant(getattr(row, name)) for name in _MOMENTS},
        "last_day": last_day(ends_on),
        "items": None if items is None else [_item(thing) for thing in items[row.id]],
        "price": json_money(price) if price else None,
    }


def _item(thing: Thing) -> dict[str, Any]:
    row, off = thing.row, thing.row.discount_value
    return {
        "id": str(row.id),
        "plan_id": str(row.plan_id) if row.plan_id else None,
        "title": row.title,
        "detail": row.detail,
        "unit": row.unit,
        "quantity": plain(row.quantity),
        "price": None if row.price is None else plain(row.price),
        "discount": "" if off is None else plain(off) + ("" if row.discount_kind == "amount" else "%"),
        "tax_ids": [str(id) for id in thing.tax_ids],
        "once": row.once,
        "since": row.since.isoformat(),
        "last_day": last_day(row.until),
    }
