"""The shapes of plans."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from app.web.api import Amount, Currency, In, ListQuery, MoneyOut, Out

Unit = Literal["day", "week", "month", "quarter", "half-year", "year"]
Stub = Literal["now", "next", "free"]


class PlanTyped(In):
    """A plan without its price. Speeds in Mbit/s, the volume of a period in GB; nothing is without a limit."""

    kind: Literal["plan", "addon"] = Field("plan", description="An add-on comes on top of a plan.")
    code: str = Field("", max_length=40)
    description: str = Field("", max_length=1000, description="Stands on invoices.")
    cycle_unit: Unit = "month"
    cycle_count: int = Field(1, ge=1, le=366, description="A period is so many units long.")
    anchor_day: int | None = Field(
        None,
        ge=1,
        le=31,
        description="The day of the month (31: the last) or of the week (1: Monday) that periods begin on; "
        "null: the day each subscription began.",
    )
    anchor_month: int | None = Field(None, ge=1, le=12, description="The month that cycles of several begin in.")
    ahead: bool = Field(True, description="Billed on the first day of a period, else after its last.")
    stub: Stub = Field("now", description="What becomes of the days before the first whole period.")
    trial_days: int = Field(0, ge=0, le=365)
    download_mbps: Amount | None = None
    upload_mbps: Amount | None = None
    quota_gb: Amount | None = None
    featured: bool = Field(False, description="Whether it is recommended where plans are offered.")
    tax_ids: list[uuid.UUID] = Field([], max_length=6)


class PlanIn(PlanTyped):
    """A plan with its first price, which holds for whatever is billed, days that are over among it."""

    name: str = Field(min_length=1, max_length=200, examples=["Home 20 Mbps"])
    currency: Currency = Field("", description="ISO 4217; the business's own when left out.")
    price: Amount = Field(description="Of a period.")
    setup_price: Amount = Field(Decimal(0), description="Once, whatever the quantity.")


class PlanChange(PlanTyped):
    """What is to be different; what is left out stays. Days that were agreed on with customers stay in any case."""

    name: str = Field("", min_length=1, max_length=200)


class PlanPriceOut(Out):
    """What a plan costs from a day on. `for_all`: also subscriptions that began before pay it from then on."""

    id: uuid.UUID
    currency: str
    price: MoneyOut
    setup_price: MoneyOut
    since: date
    for_all: bool


class PlanOut(Out):
    """A plan, with all its prices by currency and day."""

    id: uuid.UUID
    name: str
    kind: Literal["plan", "addon"]
    code: str
    description: str
    cycle_unit: Unit
    cycle_count: int
    anchor_day: int | None
    anchor_month: int | None
    ahead: bool
    stub: Stub
    trial_days: int
    download_mbps: str | None
    upload_mbps: str | None
    quota_gb: str | None
    featured: bool
    tax_ids: list[uuid.UUID]
    prices: list[PlanPriceOut]
    archived: bool
    created_at: datetime
    version: int


class PlanQuery(ListQuery):
    """Which plans, in which order."""

    q: str = Field("", max_length=200, description="Words that name, code or description have to hold.")
    kind: Literal["", "plan", "addon"] = ""
    currency: Currency = Field("", description="Those that have a price in it.")
    archived: bool = Field(False, description="Those that are not offered any more instead of those that are.")
    sort: Literal["name", "-created_at"] = "name"


PRICE = {
    "id": "01936f4e-7c00-7000-8000-000000000021",
    "currency": "NGN",
    "price": {"amount": "18500.00", "minor": 1850000, "currency": "NGN"},
    "setup_price": {"amount": "5000.00", "minor": 500000, "currency": "NGN"},
    "since": "2026-11-20",
    "for_all": True,
}
PLAN = {
    "id": "01936f4e-7c00-7000-8000-000000000020",
    "name": "Home 20 Mbps",
    "kind": "plan",
    "code": "H20",
    "description": "",
    "cycle_unit": "month",
    "cycle_count": 1,
    "anchor_day": 1,
    "anchor_month": None,
    "ahead": True,
    "stub": "now",
    "trial_days": 0,
    "download_mbps": "20",
    "upload_mbps": "10",
    "quota_gb": None,
    "featured": False,
    "tax_ids": ["01936f4e-7c00-7000-8000-000000000005"],
    "prices": [PRICE],
    "archived": False,
    "created_at": "2026-11-20T10:30:00Z",
    "version": 1,
}
