"""Billing what is due: one subscription, everybody, and customers who were parked."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.forms.runs import StartForm
from app.billing.service.run_once import run_once
from app.billing.service.running import FARTHEST
from app.clients.queries import get_client
from app.errors import Conflict, Invalid, NotFound
from app.invoices.models import Invoice
from app.invoices.rules import states
from app.money import Money, json_money
from app.web.access import actor
from app.web.api import In, MoneyOut, Out, accepted, filled, instant, made, named_in, operation, rooms_api, said, told

blueprint = rooms_api("billing", "/api/billing", "Billing runs")


class GenerateIn(In):
    """Which subscription is billed, and up to which day."""

    subscription_id: uuid.UUID
    as_of: date | None = Field(None, description="Today when left out.")
    send: bool = Field(False, description="Whether what is issued goes to the customer.")


class BulkGenerateIn(In):
    """The day up to which everything that is due is billed."""

    as_of: date | None = Field(None, description="Today when left out.")


class GeneratedInvoice(Out):
    """An invoice that was issued for a subscription. `others`: more of them, where periods of several days were due."""

    id: uuid.UUID
    number: str
    customer_id: uuid.UUID
    subscription_id: uuid.UUID
    issue_date: date
    due_date: date
    status: Literal["draft", "open", "void", "written_off"]
    payment_state: Literal["unpaid", "part_paid", "paid"]
    overdue: bool
    state: Literal["void", "written_off", "draft", "paid", "overdue", "part_paid", "open"]
    total: MoneyOut
    balance: MoneyOut
    others: list[uuid.UUID]


class BulkGenerated(Out):
    """The billing run that bills it; it waits for approval."""

    run_id: uuid.UUID


class ParkedOut(Out):
    """A customer whom nothing recurring is billed to until somebody lets go, and why."""

    customer_id: uuid.UUID
    customer_name: str
    subscription_id: uuid.UUID
    reason: str
    at: datetime


_ID = "01936f4e-7c00-7000-8000-0000000000"
_TOTAL = {"amount": "19887.50", "minor": 1988750, "currency": "NGN"}
_INVOICE = {
    "id": f"{_ID}40",
    "number": "INV-2026-0107",
    "customer_id": f"{_ID}10",
    "subscription_id": f"{_ID}30",
    "issue_date": "2026-11-20",
    "due_date": "2026-12-04",
    "status": "open",
    "payment_state": "unpaid",
    "overdue": False,
    "state": "open",
    "total": _TOTAL,
    "balance": _TOTAL,
    "others": [],
}
_PARKED = {
    "customer_id": f"{_ID}10",
    "customer_name": "Adaeze Nwosu",
    "subscription_id": f"{_ID}30",
    "reason": "More came together than can be meant.",
    "at": "2026-11-20T10:30:00Z",
}


def _invoice(row: Invoice, subscription_id: uuid.UUID, others: list[Invoice], today: date) -> dict[str, Any]:
    paid = states.payment_state(row.total_minor, row.balance_minor, status=row.status)
    state = states.state(row.status, row.total_minor, row.balance_minor, row.due_date, today)
    return {
        "id": str(row.id),
        "number": row.number,
        "customer_id": str(row.client_id),
        "subscription_id": str(subscription_id),
        "issue_date": row.issue_date.isoformat(),
        "due_date": row.due_date.isoformat(),
        "status": row.status,
        "payment_state": paid,
        "overdue": state == "overdue",
        "state": state,
        "total": json_money(Money(row.total_minor, row.currency)),
        "balance": json_money(Money(row.balance_minor, row.currency)),
        "others": [str(one.id) for one in others],
    }


@blueprint.post("/generate-invoice/")
@operation(
    "Bill a subscription now",
    role="staff",
    scope="billing:write",
    takes=GenerateIn,
    gives=GeneratedInvoice,
    status=201,
    example=_INVOICE,
    takes_example={"subscription_id": f"{_ID}30"},
)
def generate_invoice(body: GenerateIn) -> Response:
    """Issues what this subscription alone has to bill by a day; 409 when that is nothing. No period is billed twice."""
    today = clock.today(current_user.timezone)
    day = body.as_of or today
    if day > today + FARTHEST:
        raise Invalid("as_of", f"Choose a day within the next {FARTHEST // timedelta(days=1)} days.")
    with named_in("subscription_id", "There is no such subscription."):
        found = service.bill_subscription(actor(), body.subscription_id, day, now=clock.now(), send=body.send)
    if not found:
        raise Conflict(f"Nothing of this subscription is due by {day}.")
    first, *others = found
    at = f"/api/billing/invoices/{first.id}/"
    return made(_invoice(first, body.subscription_id, others, today), at, "Invoice issued")


@blueprint.post("/bulk-generate/")
@operation(
    "Bill everything that is due",
    role="staff",
    scope="billing:write",
    takes=BulkGenerateIn,
    gives=BulkGenerated,
    status=202,
    example={"run_id": f"{_ID}60"},
    takes_example={"as_of": "2026-11-20"},
)
def bulk_generate(body: BulkGenerateIn) -> Response:
    """Starts the billing run of a day, once: whoever asks again for that day is told the same run."""
    form = filled(StartForm, {"as_of": body.as_of or clock.today(current_user.timezone)})
    run_id = run_once(actor(), form.as_of.data, now=clock.now())
    return accepted({"run_id": str(run_id)}, "The run is being planned")


@blueprint.get("/parked/")
@operation("List parked customers", role="viewer", scope="billing:read", gives=ParkedOut, many=True, example=_PARKED)
def list_parked_customers() -> Response:
    """The latest first, at most fifty."""
    found = [
        {
            "customer_id": str(row.client_id),
            "customer_name": name,
            "subscription_id": str(row.subscription_id),
            "reason": row.reason,
            "at": instant(row.at),
        }
        for row, name in queries.parked(current_user.business_id)
    ]
    return told(found)


@blueprint.post("/parked/<uuid:client_id>/let-go/")
@operation("Bill a parked customer again", role="staff", scope="billing:write")
def let_parked_customer_go(client_id: uuid.UUID) -> Response:
    """What is due is billed by the next run. 409 for whoever is not parked."""
    get_client(current_user.business_id, client_id)
    try:
        service.let_go(actor(), client_id, now=clock.now())
    except NotFound as error:
        raise Conflict("This customer is not parked.") from error
    return said("The next run bills them again")
