"""Billing runs: listed, read with what they hold, and begun."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.forms.runs import StartForm
from app.billing.models import BillingRun
from app.billing.queries.runs import EntryFilters, Line, RunFilters
from app.money import Money, json_money
from app.web.access import actor
from app.web.api import (
    Count,
    In,
    ListQuery,
    MoneyOut,
    Out,
    accepted,
    filled,
    instant,
    operation,
    paged,
    rooms_api,
    told,
)

blueprint = rooms_api("runs", "/api/billing/runs", "Billing runs")
RunState = Literal[
    "planning", "review", "approved", "posting", "posted", "sent", "reversing", "reversed", "discarded"
]  # fmt: skip
Shown = Literal["new", "gone", "changed", "same", "out"]
Decision = Literal["", "right", "bill", "leave_out", "skip"]


class RunIn(In):
    """The day up to which everything that is due is billed."""

    as_of: date | None = Field(None, description="Today when left out.")


class RunTotals(Out):
    """What a run comes to in one currency: how many invoices it makes, and over how much with taxes."""

    invoices: Count
    total: MoneyOut


class RunOut(Out):
    """A billing run: everything that is due by `as_of`. It is approved by a person, or by itself at `review_until`
    where the policy says so; its messages begin to leave at `send_at`. `done` of `entries` is how far a step is."""

    id: uuid.UUID
    as_of: date
    state: RunState
    entries: Count
    odd: Count
    failed: Count
    done: Count
    totals: list[RunTotals]
    needs_person: bool
    by_calendar: bool
    sends: bool
    reason: str
    created_at: datetime
    planned_at: datetime | None
    review_until: datetime | None
    approved_at: datetime | None
    posted_at: datetime | None
    send_at: datetime | None
    sent_at: datetime | None
    reversed_at: datetime | None
    version: int


class RunEntryOut(Out):
    """A period of a subscription in a run; `kind` "gone": it was billed the last time and is not now.

    `odd` says in a word what is odd about it, `words` in a sentence. `does` is what approving does with it, and
    `decision` what somebody decided. `problem` says why it could not be billed.
    """

    id: uuid.UUID
    subscription_id: uuid.UUID
    subscription_name: str
    customer_id: uuid.UUID
    customer_name: str
    period_start: date
    period_end: date = Field(description="The first day after it.")
    bill_on: date
    kind: Literal["new", "gone", "changed", "same"]
    now: MoneyOut
    before: MoneyOut | None
    why: str
    odd: str
    words: str
    does: Literal["bill", "skip", "leave"]
    decision: Decision
    state: str
    problem: str
    invoice_id: uuid.UUID | None
    invoice_number: str | None


class RunQuery(ListQuery):
    """Which billing runs, in which order."""

    state: RunState | Literal[""] = ""
    as_of_from: date | None = None
    as_of_to: date | None = None
    sort: Literal["-created_at", "created_at"] = "-created_at"


class RunEntryQuery(ListQuery):
    """Which entries of a run. `shown`: as what they count beside the last billing."""

    state: str = Field("", max_length=10)
    shown: Shown | Literal[""] = ""
    odd: bool | None = None
    customer_id: uuid.UUID | None = None


_ID = "01936f4e-7c00-7000-8000-0000000000"
_TOTAL = {"amount": "19887.50", "minor": 1988750, "currency": "NGN"}
RUN: dict[str, Any] = {
    "id": f"{_ID}60",
    "as_of": "2026-11-20",
    "state": "review",
    "entries": 1,
    "odd": 0,
    "failed": 0,
    "done": 0,
    "totals": [{"invoices": 1, "total": _TOTAL}],
    "needs_person": False,
    "by_calendar": False,
    "sends": True,
    "reason": "",
    "created_at": "2026-11-20T10:30:00Z",
    "planned_at": "2026-11-20T10:30:04Z",
    "review_until": "2026-11-20T10:30:04Z",
    "approved_at": None,
    "posted_at": None,
    "send_at": None,
    "sent_at": None,
    "reversed_at": None,
    "version": 3,
}
ENTRY: dict[str, Any] = {
    "id": f"{_ID}61",
    "subscription_id": f"{_ID}30",
    "subscription_name": "Home 20 Mbps",
    "customer_id": f"{_ID}10",
    "customer_name": "Adaeze Nwosu",
    "period_start": "2026-11-20",
    "period_end": "2026-12-20",
    "bill_on": "2026-11-20",
    "kind": "new",
    "now": _TOTAL,
    "before": None,
    "why": "",
    "odd": "",
    "words": "",
    "does": "bill",
    "decision": "",
    "state": "planned",
    "problem": "",
    "invoice_id": None,
    "invoice_number": None,
}
_SAME = ("state", "entries", "odd", "failed", "done", "needs_person", "sends", "reason", "version")
_MOMENTS = (
    "created_at", "planned_at", "review_until", "approved_at", "posted_at", "send_at", "sent_at", "reversed_at"
)  # fmt: skip


def read(run_id: uuid.UUID) -> dict[str, Any]:
    """A run as it goes out. Raises NotFound."""
    return written(queries.get_run(current_user.business_id, run_id))


def written(run: BillingRun) -> dict[str, Any]:
    """The same of a row."""
    totals = [
        {"invoices": sums["now"][0], "total": json_money(Money.total(sums["now"][1], currency))}
        for currency, sums in sorted(run.totals.items())
    ]
    return {
        "id": str(run.id),
        "as_of": run.as_of.isoformat(),
        "totals": totals,
        "by_calendar": run.created_by is None,
        **{name: getattr(run, name) for name in _SAME},
        **{name: instant(getattr(run, name)) for name in _MOMENTS},
    }


def entry_written(line: Line) -> dict[str, Any]:
    """An entry as it goes out."""
    one = line.entry
    same = ("kind", "why", "odd", "words", "does", "decision", "state", "problem")
    return {
        "id": str(one.id),
        "subscription_id": str(one.subscription_id),
        "subscription_name": line.name,
        "customer_id": str(one.client_id),
        "customer_name": line.client_name,
        "period_start": one.period_start.isoformat(),
        "period_end": one.period_end.isoformat(),
        "bill_on": one.bill_on.isoformat(),
        "now": json_money(Money.total(one.now_minor, one.currency)),
        "before": None if one.before_minor is None else json_money(Money.total(one.before_minor, one.currency)),
        **{name: getattr(one, name) for name in same},
        "invoice_id": str(one.invoice_id) if one.invoice_id else None,
        "invoice_number": line.number,
    }


@blueprint.get("/")
@operation(
    "List billing runs", role="viewer", scope="billing:read", query=RunQuery, gives=RunOut, many=True, example=RUN
)  # fmt: skip
def list_runs(query: RunQuery) -> Response:
    """The newest first, or the oldest."""
    filters = RunFilters(query.state, query.as_of_from, query.as_of_to, query.sort == "created_at")
    return paged(queries.list_runs(current_user.business_id, query.walk, filters), query, written)


@blueprint.post("/")
@operation(
    "Start a billing run",
    role="staff",
    scope="billing:write",
    takes=RunIn,
    gives=RunOut,
    status=202,
    example=RUN | {"state": "planning", "entries": 0, "totals": [], "planned_at": None, "review_until": None},
    takes_example={"as_of": "2026-11-20"},
)
def start_run(body: RunIn) -> Response:
    """It is planned by and by, and waits for approval then: nothing is billed before. `bulk-generate` does it once."""
    form = filled(StartForm, {"as_of": body.as_of or clock.today(current_user.timezone)})
    run = service.start_run(actor(), form.as_of.data, now=clock.now())
    answer = accepted(written(run), "The run is being planned")
    answer.headers["Location"] = url_for("runs_api.read_run", run_id=run.id)
    return answer


@blueprint.get("/<uuid:run_id>/")
@operation("Read a billing run", role="viewer", scope="billing:read", gives=RunOut, example=RUN)
def read_run(run_id: uuid.UUID) -> Response:
    """How far it is, and what it comes to."""
    return told(read(run_id))


@blueprint.get("/<uuid:run_id>/entries/")
@operation(
    "List the entries of a billing run",
    role="viewer",
    scope="billing:read",
    query=RunEntryQuery,
    gives=RunEntryOut,
    many=True,
    example=ENTRY,
)
def list_run_entries(run_id: uuid.UUID, query: RunEntryQuery) -> Response:
    """In the order in which they were planned."""
    business = current_user.business_id
    queries.get_run(business, run_id)
    filters = EntryFilters(query.state, query.shown, query.odd, query.customer_id)
    return paged(queries.runs.list_entries(business, run_id, filters, query.walk), query, entry_written)
