"""What a forecast looks like to programs."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import Field

from app.billing.service.forecasting import MOST_MONTHS
from app.web.api import Count, MoneyOut, Out, Query


class ForecastQuery(Query):
    """How far ahead, and whose: everybody's when nobody is named."""

    months: int = Field(MOST_MONTHS, ge=1, le=MOST_MONTHS, description="How many months, this one included.")
    customer_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = Field(None, description="Of what is billed, only the lines of this plan count.")
    subscription_id: uuid.UUID | None = None


class ForecastMonthOut(Out):
    """One month: `net` is before taxes, `total` with them; so many periods are billed."""

    month: str = Field(pattern="^[0-9]{4}-[0-9]{2}$")
    net: MoneyOut
    taxes: MoneyOut
    total: MoneyOut
    periods: Count


class ForecastPlanOut(Out):
    """What one plan brings in all the months, before taxes; no plan, where it is null."""

    plan_id: uuid.UUID | None
    name: str | None
    net: MoneyOut


class ForecastCurrencyOut(Out):
    """What is billed in one currency."""

    currency: str
    total: MoneyOut
    months: list[ForecastMonthOut]
    plans: list[ForecastPlanOut] = Field(description="The largest first.")


class UnpricedOut(Out):
    """A subscription of which something cannot be billed: a price is missing, or it is too much."""

    subscription_id: uuid.UUID
    name: str


class ForecastOut(Out):
    """What is billed as things stand today; what is late to be billed counts for this month."""

    subscriptions: Count
    currencies: list[ForecastCurrencyOut]
    unpriced: list[UnpricedOut]


_NET = {"amount": "15000.00", "minor": 1500000, "currency": "NGN"}
_TOTAL = {"amount": "16125.00", "minor": 1612500, "currency": "NGN"}
_MONTH: dict[str, Any] = {
    "month": "2026-11",
    "net": _NET,
    "taxes": {"amount": "1125.00", "minor": 112500, "currency": "NGN"},
    "total": _TOTAL,
    "periods": 1,
}
FORECAST: dict[str, Any] = {
    "subscriptions": 1,
    "currencies": [
        {
            "currency": "NGN",
            "total": _TOTAL,
            "months": [_MONTH],
            "plans": [{"plan_id": "01936f4e-7c00-7000-8000-000000000044", "name": "Home 20", "net": _NET}],
        }
    ],
    "unpriced": [],
}
