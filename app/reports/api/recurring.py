"""Recurring revenue: what it is a month, how it changed, and how much of it stayed."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing.rules.movements import Movement
from app.money import Money, json_money
from app.reports.api import blueprint
from app.reports.recurring_csv import CUSTOMERS, MONEY, PERCENT
from app.reports.rules import MONTHS
from app.reports.service.recurring import RecurringFigures, recurring_figures
from app.web.api import MoneyOut, Out, Query, operation, told


class RecurringQuery(Query):
    """How far back."""

    months: int = Field(MONTHS, ge=1, le=24, description="How many months, this one included.")


class RecurringMonthOut(Out):
    """One month: `closing` is `opening` with what came and less what went. Percents have one decimal, and are null
    where there was nothing before."""

    month: str = Field(pattern="^[0-9]{4}-[0-9]{2}$")
    opening: MoneyOut
    new: MoneyOut
    reactivated: MoneyOut
    expansion: MoneyOut
    contraction: MoneyOut
    churned: MoneyOut
    closing: MoneyOut
    customers_before: int
    customers_new: int
    customers_back: int
    customers_lost: int
    customers: int
    customer_churn: str | None
    money_churn: str | None
    gross_retention: str | None
    net_retention: str | None


class PlanShareOut(Out):
    """What one plan is a month; no plan, where it is null."""

    plan_id: uuid.UUID | None
    name: str | None
    mrr: MoneyOut
    subscriptions: int


class RecurringCurrencyOut(Out):
    """Recurring revenue in one currency, before taxes."""

    currency: str
    mrr: MoneyOut = Field(description="A month, today.")
    arr: MoneyOut = Field(description="Twelve times that.")
    customers: int
    mrr_per_customer: MoneyOut | None
    gross_retention: str | None = Field(description="Percent that stayed of what was paid when the months began.")
    net_retention: str | None = Field(description="The same with what those customers pay more since.")
    unpriced: int = Field(description="Things that have no price, and are not in it.")
    plans: list[PlanShareOut]
    months: list[RecurringMonthOut]


class RecurringRevenueOut(Out):
    """Recurring revenue by currency, that of the business first."""

    today: date
    currencies: list[RecurringCurrencyOut]
    mrr_in_base: MoneyOut | None = Field(description="All at today's rates, where there are other currencies.")
    without_rate: list[str] = Field(description="Currencies that are not in that, for they have no rate.")


_SOME = {"amount": "15000.00", "minor": 1500000, "currency": "NGN"}
_NONE = {"amount": "0.00", "minor": 0, "currency": "NGN"}
_MONTH = {
    "month": "2026-11",
    **dict.fromkeys(MONEY, _NONE),
    "opening": _SOME,
    "closing": _SOME,
    **dict.fromkeys(CUSTOMERS, 0),
    "customers_before": 1,
    "customers": 1,
    "customer_churn": "0.0",
    "money_churn": "0.0",
    "gross_retention": "100.0",
    "net_retention": "100.0",
}


@blueprint.get("/reports/recurring-revenue/")
@operation(
    "Recurring revenue",
    role="viewer",
    scope="reports:read",
    query=RecurringQuery,
    gives=RecurringRevenueOut,
    example={
        "today": "2026-11-20",
        "currencies": [
            {
                "currency": "NGN",
                "mrr": _SOME,
                "arr": {"amount": "180000.00", "minor": 18000000, "currency": "NGN"},
                "customers": 1,
                "mrr_per_customer": _SOME,
                "gross_retention": "100.0",
                "net_retention": "100.0",
                "unpriced": 0,
                "plans": [
                    {
                        "plan_id": "01936f4e-7c00-7000-8000-000000000070",
                        "name": "Home 20 Mbps",
                        "mrr": _SOME,
                        "subscriptions": 1,
                    }
                ],
                "months": [_MONTH],
            }
        ],
        "mrr_in_base": None,
        "without_rate": [],
    },
)
def recurring_revenue_report(query: RecurringQuery) -> Response:
    """MRR, ARR, churn and retention, computed from what subscriptions agreed on, as on the page."""
    found = recurring_figures(current_user.business_id, clock.today(current_user.timezone), query.months)
    return told(
        {
            "today": found.today.isoformat(),
            "currencies": [_currency(one) for one in found.currencies],
            "mrr_in_base": json_money(found.together) if found.together else None,
            "without_rate": list(found.without_rate),
        }
    )


def _currency(one: RecurringFigures) -> dict[str, Any]:
    def money(minor: int) -> Any:
        return json_money(Money.total(minor, one.currency))

    plans = [
        {
            "plan_id": str(plan.plan_id) if plan.plan_id else None,
            "name": plan.name,
            "mrr": money(plan.minor),
            "subscriptions": plan.subscriptions,
        }
        for plan in one.plans
    ]
    return {
        "currency": one.currency,
        "mrr": money(one.mrr),
        "arr": money(one.arr),
        "customers": one.customers,
        "mrr_per_customer": None if one.each is None else money(one.each),
        "gross_retention": _percent(one.year.gross),
        "net_retention": _percent(one.year.net),
        "unpriced": one.unpriced,
        "plans": plans,
        "months": [_month(month, one.currency) for month in one.months],
    }


def _month(one: Movement, currency: str) -> dict[str, Any]:
    return {
        "month": f"{one.month:%Y-%m}",
        **{name: json_money(Money.total(getattr(one, name), currency)) for name in MONEY},
        **{name: getattr(one, name) for name in CUSTOMERS},
        **{name: _percent(getattr(one, name)) for name in PERCENT},
    }


def _percent(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
