"""What was billed of a subscription, what is billed next, and what an agreement would bill."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.api.subscribing import checked
from app.billing.api.subscription_shapes import SubscriptionIn, last_day, plain, today
from app.billing.api.subscriptions import blueprint
from app.billing.models import BilledPeriod
from app.billing.queries.claims import page_of_periods
from app.billing.rules import Period
from app.billing.rules.calendar import in_month
from app.billing.service.awaiting import Awaited, awaited
from app.billing.service.billing import PlannedInvoice
from app.invoices.models import Invoice
from app.money import Money, json_money
from app.web.api import ListQuery, MoneyOut, Out, Query, instant, operation, paged, told

AT = "/<uuid:subscription_id>/"


class PeriodOut(Out):
    """Days that are billed together."""

    start: date
    last_day: date


class PlannedLineOut(Out):
    """A line of an invoice that would be made; its amount before taxes."""

    title: str
    detail: str
    quantity: str
    unit_price: str
    amount: MoneyOut


class PlannedInvoiceOut(Out):
    """An invoice that would be made on a day."""

    bill_on: date
    periods: list[PeriodOut]
    lines: list[PlannedLineOut]
    tax: MoneyOut
    total: MoneyOut


class ComingOut(Out):
    """What is billed of it on a day, with taxes."""

    bill_on: date
    periods: list[PeriodOut]
    total: MoneyOut


class NextBills(Out):
    """The bills to come; `problem` says why they cannot be told.

    What no run bills: while it is suspended, periods from `suspended_since` on; everything of a customer who is
    `parked` (a sentence says why); periods that were left out of a run, or missed.
    """

    bills: list[ComingOut]
    problem: str
    suspended_since: date | None
    parked: str | None
    left_out: list[PeriodOut]
    missed: list[PeriodOut]


class BilledPeriodOut(Out):
    """A period that was billed, or skipped for a reason. What was reversed can be billed again."""

    id: uuid.UUID
    start: date
    last_day: date
    bill_on: date
    state: Literal["billed", "skipped"]
    reason: str
    total: MoneyOut | None
    invoice_id: uuid.UUID | None
    invoice_number: str | None
    run_id: uuid.UUID | None
    reversed_at: datetime | None
    credited_from: date | None


class NextQuery(Query):
    """How far to look."""

    months: int = Field(6, ge=1, le=12)


_MONEY = {"amount": "19887.50", "minor": 1988750, "currency": "NGN"}
_NET = {"amount": "18500.00", "minor": 1850000, "currency": "NGN"}
_PERIOD = {"start": "2026-12-01", "last_day": "2026-12-31"}
PLANNED: dict[str, Any] = {
    "bill_on": "2026-12-01",
    "periods": [_PERIOD],
    "lines": [
        {"title": "Home 20 Mbps", "detail": "December 2026", "quantity": "1", "unit_price": "18500", "amount": _NET}
    ],
    "tax": {"amount": "1387.50", "minor": 138750, "currency": "NGN"},
    "total": _MONEY,
}
_NEXT = {
    "bills": [{"bill_on": "2026-12-01", "periods": [_PERIOD], "total": _MONEY}],
    "problem": "",
    "suspended_since": None,
    "parked": None,
    "left_out": [],
    "missed": [],
}
_BILLED = {
    "id": "01936f4e-7c00-7000-8000-000000000035",
    "start": "2026-11-01",
    "last_day": "2026-11-30",
    "bill_on": "2026-11-01",
    "state": "billed",
    "reason": "",
    "total": _MONEY,
    "invoice_id": "01936f4e-7c00-7000-8000-000000000040",
    "invoice_number": "INV-2026-0107",
    "run_id": None,
    "reversed_at": None,
    "credited_from": None,
}


@blueprint.get(AT + "periods/")
@operation(
    "List the periods of a subscription",
    role="viewer",
    scope="billing:read",
    query=ListQuery,
    gives=BilledPeriodOut,
    many=True,
    example=_BILLED,
)
def list_billed_periods(subscription_id: uuid.UUID, query: ListQuery) -> Response:
    """Those that were billed or skipped, the latest first."""
    row = queries.get_subscription(current_user.business_id, subscription_id)
    page = page_of_periods(row.business_id, row.id, query.walk)
    return paged(page, query, lambda one: _billed(one[0], one[1], row.currency))


@blueprint.get(AT + "preview/")
@operation(
    "Read what a subscription bills next",
    role="viewer",
    scope="billing:read",
    query=NextQuery,
    gives=NextBills,
    example=_NEXT,
)
def read_next_bills(subscription_id: uuid.UUID, query: NextQuery) -> Response:
    """Worked out anew each time from what holds now, as billing runs will make it."""
    day = today()
    one = queries.agreement_of(current_user.business_id, subscription_id)
    return told(_awaited(awaited(one, day, in_month(day.year, day.month + query.months, day.day))))


@blueprint.post("/preview/")
@operation(
    "Look what an agreement would bill",
    role="staff",
    scope="billing:read",
    takes=SubscriptionIn,
    gives=PlannedInvoiceOut,
    many=True,
    example=PLANNED,
    takes_example={
        "customer_id": "01936f4e-7c00-7000-8000-000000000010",
        "name": "Support",
        "lines": [{"title": "Support, {{period}}", "price": "25000.00"}],
    },
)
def preview_new_subscription(body: SubscriptionIn) -> Response:
    """The first invoices of a subscription that is not added; nothing is kept."""
    with checked(body) as values:
        found = service.preview(current_user.business_id, values, now=clock.now())
    return told([planned_written(one) for one in found])


def planned_written(one: PlannedInvoice) -> dict[str, Any]:
    """An invoice that would be made, as it goes out."""
    lines = [
        {
            "title": charge.title,
            "detail": charge.detail,
            "quantity": plain(charge.item.quantity),
            "unit_price": plain(charge.unit_price),
            "amount": json_money(amount),
        }
        for charge, amount in one.lines
    ]
    return {
        "bill_on": one.bundle.bill_on.isoformat(),
        "periods": [_period(due.billed.period) for due in one.parts],
        "lines": lines,
        "tax": json_money(one.tax),
        "total": json_money(one.total),
    }


def _awaited(found: Awaited) -> dict[str, Any]:
    bills = [
        {
            "bill_on": one.on.isoformat(),
            "periods": [_period(period) for period in one.periods],
            "total": json_money(one.total),
        }
        for one in found.bills
    ]
    return {
        "bills": bills,
        "problem": found.problem,
        "suspended_since": found.suspended and found.suspended.isoformat(),
        "parked": found.parked,
        "left_out": [_period(period) for period in found.left_out],
        "missed": [_period(period) for period in found.missed],
    }


def _period(period: Period) -> dict[str, Any]:
    return {"start": period.start.isoformat(), "last_day": last_day(period.end)}


def _billed(row: BilledPeriod, invoice: Invoice | None, currency: str) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "start": row.period_start.isoformat(),
        "last_day": last_day(row.period_end),
        "bill_on": row.bill_on.isoformat(),
        "state": row.state,
        "reason": row.reason,
        "total": None if row.total_minor is None else json_money(Money(row.total_minor, currency)),
        "invoice_id": str(row.invoice_id) if row.invoice_id else None,
        "invoice_number": invoice.number if invoice else None,
        "run_id": str(row.run_id) if row.run_id else None,
        "reversed_at": instant(row.reversed_at),
        "credited_from": row.credited_from and row.credited_from.isoformat(),
    }
