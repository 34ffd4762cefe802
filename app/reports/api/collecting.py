"""Getting paid: expected cash, how long customers take, and what reminders bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.money import Money, json_money
from app.reports.api import blueprint
from app.reports.paying import Expected, PaidMonth, Recovered, average, median
from app.reports.service.recurring import collecting_figures
from app.web.api import MoneyOut, Out, operation, told


class ExpectedBandOut(Out):
    """What is due from a day to a day, both included."""

    since: date
    until: date
    open: MoneyOut = Field(description="On invoices that are there.")
    coming: MoneyOut = Field(description="On invoices that subscriptions will bring.")
    total: MoneyOut
    so_far: MoneyOut = Field(description="What it comes to from today to its end.")


class ExpectedCashOut(Out):
    """One currency. What is overdue is in none of the bands, for nobody knows when it comes."""

    currency: str
    overdue: MoneyOut
    bands: list[ExpectedBandOut]


class DaysOut(Out):
    """Days, with one decimal; below zero is before. Null of nothing."""

    average: str | None
    median: str | None


class DaysToPayOut(Out):
    """Invoices that were paid off in a month, and the days that took."""

    month: str = Field(pattern="^[0-9]{4}-[0-9]{2}$")
    invoices: int
    from_issue: DaysOut
    from_due: DaysOut


class OutstandingDaysOut(Out):
    """What is owed, in days of what was billed lately."""

    currency: str
    days: str


class ReminderStepOut(Out):
    """One step of the reminders that went out lately: how often, and what was paid within a week."""

    kind: str
    wording: str
    days: int = Field(description="After the due date; below zero is before it.")
    sent: int
    paid: int
    paid_percent: str | None
    amounts: list[MoneyOut]


class GettingPaidOut(Out):
    """What is expected, and what the last months tell."""

    today: date
    expected: list[ExpectedCashOut]
    days_to_pay: list[DaysToPayOut] = Field(description="The oldest month first.")
    days_outstanding: list[OutstandingDaysOut]
    reminders: list[ReminderStepOut]
    reminders_since: date


_SOME = {"amount": "15000.00", "minor": 1500000, "currency": "NGN"}
_NONE = {"amount": "0.00", "minor": 0, "currency": "NGN"}


@blueprint.get("/reports/getting-paid/")
@operation(
    "Expected cash and days to pay",
    role="viewer",
    scope="reports:read",
    gives=GettingPaidOut,
    example={
        "today": "2026-11-20",
        "expected": [
            {
                "currency": "NGN",
                "overdue": _NONE,
                "bands": [
                    {
                        "since": "2026-11-20",
                        "until": "2026-12-20",
                        "open": _SOME,
                        "coming": _NONE,
                        "total": _SOME,
                        "so_far": _SOME,
                    }
                ],
            }
        ],
        "days_to_pay": [
            {
                "month": "2026-11",
                "invoices": 3,
                "from_issue": {"average": "9.3", "median": "8.0"},
                "from_due": {"average": "-4.7", "median": "-6.0"},
            }
        ],
        "days_outstanding": [{"currency": "NGN", "days": "21.4"}],
        "reminders": [
            {
                "kind": "remind",
                "wording": "reminder_overdue",
                "days": 7,
                "sent": 4,
                "paid": 3,
                "paid_percent": "75.0",
                "amounts": [_SOME],
            }
        ],
        "reminders_since": "2026-08-23",
    },
)
def getting_paid_report() -> Response:
    """As on the page: what is due in the next 90 days, how long customers took in the last six months, and what each
    step of the reminders brought in the last 90 days."""
    found = collecting_figures(current_user.business_id, clock.today(current_user.timezone))
    return told(
        {
            "today": found.today.isoformat(),
            "expected": [_expected(one) for one in found.expected],
            "days_to_pay": [_paid(one) for one in found.paid],
            "days_outstanding": [{"currency": code, "days": f"{days:f}"} for code, days in found.outstanding.items()],
            "reminders": [_step(one) for one in found.steps],
            "reminders_since": found.since.isoformat(),
        }
    )


def _expected(one: Expected) -> dict[str, Any]:
    def money(minor: int) -> Any:
        return json_money(Money.total(minor, one.currency))

    bands = [
        {
            "since": band.first.isoformat(),
            "until": band.last.isoformat(),
            "open": money(band.open_minor),
            "coming": money(band.coming_minor),
            "total": money(band.total),
            "so_far": money(so_far),
        }
        for band, so_far in zip(one.bands, one.so_far, strict=True)
    ]
    return {"currency": one.currency, "overdue": money(one.overdue), "bands": bands}


def _paid(one: PaidMonth) -> dict[str, Any]:
    return {
        "month": f"{one.month:%Y-%m}",
        "invoices": one.invoices,
        "from_issue": _days(one.issued),
        "from_due": _days(one.due),
    }


def _days(counted: Mapping[int, int]) -> dict[str, str | None]:
    return {"average": _number(average(counted)), "median": _number(median(counted))}


def _step(one: Recovered) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "wording": one.wording,
        "days": one.days,
        "sent": one.sent,
        "paid": one.paid,
        "paid_percent": _number(one.share),
        "amounts": [json_money(Money.total(minor, code)) for code, minor in sorted(one.amounts.items())],
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
