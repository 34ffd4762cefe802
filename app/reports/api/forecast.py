"""What is billed in the months to come: of the business, a customer, a plan or a subscription."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.billing.queries import get_plan, get_subscription
from app.billing.queries.alike import Only
from app.billing.service.forecasting import Forecast, forecast
from app.clients.queries import get_client
from app.errors import Invalid, NotFound
from app.money import Money, json_money
from app.reports.api import blueprint
from app.reports.api.forecast_shapes import FORECAST, ForecastOut, ForecastQuery
from app.web.api import operation, told


def _only(query: ForecastQuery) -> Only:
    """Whose months are asked for. Raises Invalid for what is not there, and for another business's."""
    for name, get in {"customer": get_client, "plan": get_plan, "subscription": get_subscription}.items():
        id = getattr(query, f"{name}_id")
        try:
            if id is not None:
                get(current_user.business_id, id)
        except NotFound:
            raise Invalid(f"{name}_id", f"There is no such {name}.") from None
    return Only(query.customer_id, query.plan_id, query.subscription_id)


def _currency(found: Forecast, currency: str) -> dict[str, Any]:
    months = [
        {
            "month": f"{month:%Y-%m}",
            "net": json_money(found.net_of(month, currency)),
            "taxes": json_money(found.tax_of(month, currency)),
            "total": json_money(found.total_of(month, currency)),
            "periods": found.periods[month, currency],
        }
        for month in found.months
    ]
    whole = json_money(found.whole(currency))
    return {"currency": currency, "total": whole, "months": months, "plans": _plans(found, currency)}


def _plans(found: Forecast, currency: str) -> list[dict[str, Any]]:
    sums: Counter[uuid.UUID | None] = Counter()
    for cell, minor in found.net.items():
        if cell.currency == currency:
            sums[cell.plan_id] += minor
    return [
        {
            "plan_id": str(plan_id) if plan_id else None,
            "name": found.name(plan_id) if plan_id else None,
            "net": json_money(Money.total(minor, currency)),
        }
        for plan_id, minor in sums.most_common()
    ]


@blueprint.get("/reports/forecast/")
@operation(
    "Read what is going to be billed",
    role="viewer",
    scope="reports:read",
    query=ForecastQuery,
    gives=ForecastOut,
    example=FORECAST,
)
def read_forecast(query: ForecastQuery) -> Response:
    """By month, currency and plan, worked out anew from subscriptions as they stand; nothing is kept."""
    today = clock.today(current_user.timezone)
    found = forecast(current_user.business_id, today, query.months, _only(query))
    return told(
        {
            "subscriptions": found.subscriptions,
            "currencies": [_currency(found, currency) for currency in found.currencies],
            "unpriced": [{"subscription_id": str(row.id), "name": row.name} for row in found.unpriced],
        }
    )
