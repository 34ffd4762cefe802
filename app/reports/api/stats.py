"""Statistics of invoices and payments: how many, and what they come to."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.money import Money, json_money
from app.reports.api import blueprint
from app.reports.stats import STATES, Sum, Worth, days_from, in_base, invoice_sums, payment_sums
from app.web.api import MoneyOut, Out, Query, operation, told


class StatsQuery(Query):
    """Of which days, both included, and in which currency; of all where nothing is said."""

    since: date | None = None
    until: date | None = None
    currency: str = Field("", max_length=3)


class CountOut(Out):
    """How many, and what they come to."""

    count: int
    total: MoneyOut


class StateCountOut(Out):
    """Invoices in a state, and what of them is still to pay."""

    count: int
    total: MoneyOut
    balance: MoneyOut


class WorthOut(Out):
    """All currencies in that of the business, at the rate each document carries."""

    count: int
    total: MoneyOut
    without_rate: int = Field(description="How many are not in it, for they have no rate.")


class OutstandingWorthOut(Out):
    """What is owed in all currencies, in that of the business."""

    count: int
    balance: MoneyOut
    without_rate: int


class InvoiceCountsOut(Out):
    """Invoices in one currency. `issued` counts by the day of issue (void and draft ones are not in it), the states by
    the day they are due; what is paid in part is open or overdue."""

    currency: str
    issued: CountOut
    draft: StateCountOut
    open: StateCountOut
    overdue: StateCountOut
    paid: StateCountOut
    void: StateCountOut
    written_off: StateCountOut


class InvoiceStatsOut(Out):
    """Invoices by currency and state. The last two are null where everything is in the currency of the business, and
    where one currency was asked for."""

    since: date | None
    until: date | None
    today: date = Field(description="The day at the business, which says what is overdue.")
    currencies: list[InvoiceCountsOut]
    issued_in_base: WorthOut | None
    outstanding_in_base: OutstandingWorthOut | None


class PaymentCountsOut(Out):
    """Payments in one currency."""

    currency: str
    received: CountOut


class PaymentStatsOut(Out):
    """Payments by currency, without those that were undone."""

    since: date | None
    until: date | None
    currencies: list[PaymentCountsOut]
    received_in_base: WorthOut | None = Field(description="Null where all are in the currency of the business.")


_SOME = {"amount": "3225.00", "minor": 322500, "currency": "NGN"}
_NONE = {"amount": "0.00", "minor": 0, "currency": "NGN"}
_NO_STATE = {"count": 0, "total": _NONE, "balance": _NONE}


@blueprint.get("/billing/stats/invoices/")
@operation(
    "Statistics of invoices",
    role="viewer",
    scope="reports:read",
    query=StatsQuery,
    gives=InvoiceStatsOut,
    example={
        "since": "2026-11-01",
        "until": "2026-11-30",
        "today": "2026-11-20",
        "currencies": [
            {
                "currency": "NGN",
                "issued": {"count": 1, "total": _SOME},
                **dict.fromkeys(STATES, _NO_STATE),
                "open": {"count": 1, "total": _SOME, "balance": _SOME},
            }
        ],
        "issued_in_base": None,
        "outstanding_in_base": None,
    },
)
def invoice_statistics(query: StatsQuery) -> Response:
    """Counts and sums by currency and state, of invoices that are due, or were issued, in some days."""
    days, today = days_from(query.since, query.until), clock.today(current_user.timezone)
    found, base = invoice_sums(current_user.business_id, days, today), current_user.currency
    issued = None if query.currency else in_base(found, base, "issued")
    owed = None if query.currency else in_base(found, base, "open", "overdue")
    currencies = [
        {
            "currency": code,
            "issued": _count(by["issued"], code),
            **{state: {**_count(by[state], code), "balance": _money(by[state].balance, code)} for state in STATES},
        }
        for code, by in sorted(found.items())
        if _asked(query, code) and any(by[kind].documents for kind in ("issued", *STATES))
    ]
    outstanding = owed and {
        "count": owed.sum.documents,
        "balance": _money(owed.sum.balance, base),
        "without_rate": owed.left_out,
    }
    return told(
        {
            **_days(query),
            "today": today.isoformat(),
            "currencies": currencies,
            "issued_in_base": _worth(issued, base),
            "outstanding_in_base": outstanding,
        }
    )


@blueprint.get("/billing/stats/payments/")
@operation(
    "Statistics of payments",
    role="viewer",
    scope="reports:read",
    query=StatsQuery,
    gives=PaymentStatsOut,
    example={
        "since": "2026-11-01",
        "until": "2026-11-30",
        "currencies": [{"currency": "NGN", "received": {"count": 1, "total": _SOME}}],
        "received_in_base": None,
    },
)
def payment_statistics(query: StatsQuery) -> Response:
    """Counts and sums by currency, of money that came in some days."""
    days, today = days_from(query.since, query.until), clock.today(current_user.timezone)
    found, base = payment_sums(current_user.business_id, days, today), current_user.currency
    worth = None if query.currency else in_base(found, base, "received")
    currencies = [
        {"currency": code, "received": _count(by["received"], code)}
        for code, by in sorted(found.items())
        if _asked(query, code) and by["received"].documents
    ]
    return told({**_days(query), "currencies": currencies, "received_in_base": _worth(worth, base)})


def _asked(query: StatsQuery, currency: str) -> bool:
    return query.currency.upper() in ("", currency)


def _days(query: StatsQuery) -> dict[str, str | None]:
    return {name: day and day.isoformat() for name, day in (("since", query.since), ("until", query.until))}


def _count(one: Sum, currency: str) -> dict[str, Any]:
    return {"count": one.documents, "total": _money(one.total, currency)}


def _worth(worth: Worth | None, base: str) -> dict[str, Any] | None:
    return None if worth is None else {**_count(worth.sum, base), "without_rate": worth.left_out}


def _money(minor: int, currency: str) -> Any:
    return json_money(Money.total(minor, currency))
