"""What is owed by how late it is, and what was billed and came in month by month."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.money import Money, json_money
from app.reports import figures, queries
from app.reports.api import blueprint
from app.reports.figures import Figures
from app.reports.rules import MONTHS
from app.reports.stats import RevenueMonth, revenue_months, together
from app.web.api import MoneyOut, Out, Query, operation, told

AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days")


class AgesOut(Out):
    """What is owed in one currency, parted by how many days it is late."""

    currency: str
    owed: MoneyOut
    invoices: int
    overdue: MoneyOut
    overdue_invoices: int
    oldest_due: date | None = Field(description="When the oldest overdue invoice was due.")
    not_due: MoneyOut
    days_1_30: MoneyOut
    days_31_60: MoneyOut
    days_61_90: MoneyOut
    over_90_days: MoneyOut


class AgeingOut(Out):
    """What is owed today."""

    today: date
    currencies: list[AgesOut]
    in_base: AgesOut | None = Field(description="All in the currency of the business; null if there is no other.")
    without_rate: int = Field(description="How many open invoices are not in that, for they have no rate.")


class RevenueQuery(Query):
    """How far back."""

    months: int = Field(MONTHS, ge=1, le=120, description="How many months, this one included.")


class RevenueMonthOut(Out):
    """One month: what was invoiced (taxes included, void invoices left out) and what was received in it."""

    month: str = Field(pattern="^[0-9]{4}-[0-9]{2}$")
    invoiced: MoneyOut
    invoices: int
    received: MoneyOut
    payments: int


class RevenueCurrencyOut(Out):
    """The months in one currency, the oldest first."""

    currency: str
    months: list[RevenueMonthOut]


class RevenueOut(Out):
    """What was billed and what came in."""

    today: date
    currencies: list[RevenueCurrencyOut]
    in_base: RevenueCurrencyOut | None = Field(description="All in the currency of the business, if there are others.")
    without_rate: int = Field(description="How many invoices and payments are not in that, for they have no rate.")


_SOME = {"amount": "3225.00", "minor": 322500, "currency": "NGN"}
_NONE = {"amount": "0.00", "minor": 0, "currency": "NGN"}


@blueprint.get("/reports/ageing/")
@operation(
    "What is owed by age",
    role="viewer",
    scope="reports:read",
    gives=AgeingOut,
    example={
        "today": "2026-11-20",
        "currencies": [
            {
                "currency": "NGN",
                "owed": _SOME,
                "invoices": 1,
                "overdue": _SOME,
                "overdue_invoices": 1,
                "oldest_due": "2026-11-02",
                **dict.fromkeys(AGES, _NONE),
                "days_1_30": _SOME,
            }
        ],
        "in_base": None,
        "without_rate": 0,
    },
)
def ageing_report() -> Response:
    """As the dashboard shows it: open invoices by the days since they were due."""
    today, base = clock.today(current_user.timezone), current_user.currency
    found = queries.figures(current_user.business_id, today)
    owing = sorted(code for code, one in found.own.items() if one.owed_count)
    whole = figures.together(found, base) if any(code != base for code in owing) else None
    return told(
        {
            "today": today.isoformat(),
            "currencies": [_ages(found.own[code]) for code in owing],
            "in_base": _ages(whole.figures) if whole else None,
            "without_rate": whole.open_left_out if whole else 0,
        }
    )


def _ages(one: Figures) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "owed": _money(one.owed, one.currency),
        "invoices": one.owed_count,
        "overdue": _money(one.overdue, one.currency),
        "overdue_invoices": one.overdue_count,
        "oldest_due": one.oldest_due.isoformat() if one.oldest_due else None,
        **{name: _money(minor, one.currency) for name, minor in zip(AGES, one.ages, strict=True)},
    }


@blueprint.get("/reports/revenue/")
@operation(
    "Invoiced and received by month",
    role="viewer",
    scope="reports:read",
    query=RevenueQuery,
    gives=RevenueOut,
    example={
        "today": "2026-11-20",
        "currencies": [
            {
                "currency": "NGN",
                "months": [
                    {"month": "2026-11", "invoiced": _SOME, "invoices": 1, "received": _NONE, "payments": 0},
                ],
            }
        ],
        "in_base": None,
        "without_rate": 0,
    },
)
def revenue_report(query: RevenueQuery) -> Response:
    """Invoices by their day of issue and payments by the day they came, undone ones left out."""
    today, base = clock.today(current_user.timezone), current_user.currency
    found = revenue_months(current_user.business_id, today, query.months)
    whole = together(found, base, today, query.months)
    return told(
        {
            "today": today.isoformat(),
            "currencies": [_months(code, months) for code, months in sorted(found.own.items())],
            "in_base": _months(base, whole[0]) if whole else None,
            "without_rate": whole[1] if whole else 0,
        }
    )


def _months(currency: str, months: list[RevenueMonth]) -> dict[str, Any]:
    rows = [
        {
            "month": f"{one.month:%Y-%m}",
            "invoiced": _money(one.invoiced.total, currency),
            "invoices": one.invoiced.documents,
            "received": _money(one.received.total, currency),
            "payments": one.received.documents,
        }
        for one in months
    ]
    return {"currency": currency, "months": rows}


def _money(minor: int, currency: str) -> Any:
    return json_money(Money.total(minor, currency))
