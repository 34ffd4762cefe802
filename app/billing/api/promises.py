"""Promises to pay, and holds: until they are over nobody is reminded and nothing is cut."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.queries import get_business
from app.billing.forms.dunning import PromiseForm
from app.billing.queries.holds import HeldFor, HoldFilters, get_hold, list_holds
from app.billing.service.promising import promise, promise_for_client
from app.clients.queries import get_client
from app.errors import Invalid
from app.invoices.queries import get_invoice
from app.money import Money, json_money
from app.reminders import service as reminders
from app.web.access import actor
from app.web.api import Amount, In, ListQuery, MoneyOut, Out, filled, instant, made, operation, paged, rooms_api, told
from app.web.fields import clean

blueprint = rooms_api("promises", "/api", "Promises and holds")


class PromiseIn(In):
    """By when it will be paid, and how much: all that is owed on the invoice, or overdue of the customer, when no
    amount is said."""

    until: date
    amount: Amount | None = None
    reason: str = Field("", max_length=300)


class HoldIn(In):
    """Up to and including which day there is no reminder."""

    until: date
    reason: str = Field("", max_length=300)


class HoldOut(Out):
    """A hold or a promise, on one invoice or on everything of a customer. `outcome`: whether a promise was kept."""

    id: uuid.UUID
    kind: Literal["hold", "promise"]
    customer_id: uuid.UUID
    invoice_id: uuid.UUID | None
    until: date
    amount: MoneyOut | None
    reason: str
    promised_by: Literal["", "staff", "client"]
    outcome: Literal["", "kept", "broken", "moot"]
    created_at: datetime
    ended_at: datetime | None


class HoldQuery(ListQuery):
    """Which holds."""

    kind: Literal["", "hold", "promise"] = ""
    customer_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    outcome: Literal["", "kept", "broken", "moot"] = ""
    standing: bool = Field(False, description="Those that hold something up today.")


_PROMISE: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000075",
    "kind": "promise",
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "invoice_id": "01936f4e-7c00-7000-8000-000000000040",
    "until": "2026-11-30",
    "amount": {"amount": "19887.50", "minor": 1988750, "currency": "NGN"},
    "reason": "Salary comes on the 28th",
    "promised_by": "staff",
    "outcome": "",
    "created_at": "2026-11-20T10:30:00Z",
    "ended_at": None,
}
_HOLD = _PROMISE | {"kind": "hold", "amount": None, "promised_by": "", "reason": "They asked for time"}
_MAKES: dict[str, Any] = {"role": "staff", "scope": "billing:write", "gives": HoldOut, "status": 201}
_PROMISING: dict[str, Any] = {"takes": PromiseIn, "takes_example": {"until": "2026-12-15"}, "example": _PROMISE}
_HOLDING: dict[str, Any] = {"takes": HoldIn, "takes_example": {"until": "2026-12-15"}, "example": _HOLD}


def _written(found: HeldFor) -> dict[str, Any]:
    row = found.row
    return {
        "id": str(row.id),
        "kind": row.kind,
        "customer_id": str(found.client_id),
        "invoice_id": str(row.invoice_id) if row.invoice_id else None,
        "until": row.until.isoformat(),
        "amount": None if row.amount_minor is None else json_money(Money(row.amount_minor, row.currency)),
        "reason": row.reason,
        "promised_by": row.promised_by,
        "outcome": row.outcome,
        "created_at": instant(row.created_at),
        "ended_at": instant(row.ended_at),
    }


@blueprint.get("/billing/holds/")
@operation(
    "List promises and holds",
    role="viewer",
    scope="billing:read",
    query=HoldQuery,
    gives=HoldOut,
    many=True,
    example=_PROMISE,
)
def list_promises_and_holds(query: HoldQuery) -> Response:
    """The newest first; a customer's with those on their invoices."""
    standing_on = clock.today(current_user.timezone) if query.standing else None
    filters = HoldFilters(query.kind, query.customer_id, query.invoice_id, query.outcome, standing_on)
    return paged(list_holds(current_user.business_id, filters, query.walk), query, _written)


@blueprint.get("/billing/holds/<uuid:hold_id>/")
@operation("Read a promise or hold", role="viewer", scope="billing:read", gives=HoldOut, example=_PROMISE)
def read_hold(hold_id: uuid.UUID) -> Response:
    """Whether it stands, and what became of a promise."""
    return told(_written(get_hold(current_user.business_id, hold_id)))


@blueprint.post("/billing/invoices/<uuid:invoice_id>/promise/")
@operation("Note a promise to pay an invoice", **_MAKES, **_PROMISING)
def promise_invoice(invoice_id: uuid.UUID, body: PromiseIn) -> Response:
    """Until that day is over nobody is reminded of it, and nothing is cut for it."""
    form = _promise(body, get_invoice(current_user.business_id, invoice_id).currency)
    said = {"amount": form.amount.data, "reason": form.reason.data}
    return _made(promise(actor(), form.until.data, now=clock.now(), invoice_id=invoice_id, **said).id)


@blueprint.post("/customers/<uuid:client_id>/promise/")
@operation(
    "Note a customer's promise to pay",
    **_MAKES,
    **_PROMISING | {"takes_example": {"until": "2026-12-15", "amount": "19887.50"}},
)
def promise_customer(client_id: uuid.UUID, body: PromiseIn) -> Response:
    """Until that day is over this customer is not reminded of anything, and nothing is cut."""
    client = get_client(current_user.business_id, client_id)
    form = _promise(body, client.currency or get_business(client.business_id).currency)
    more = {"now": clock.now(), "reason": form.reason.data}
    return _made(promise_for_client(actor(), client_id, form.until.data, form.amount.data, **more).id)


@blueprint.post("/billing/invoices/<uuid:invoice_id>/hold/")
@operation("Hold the reminders of an invoice", **_MAKES, **_HOLDING)
def hold_invoice(invoice_id: uuid.UUID, body: HoldIn) -> Response:
    """Nothing of its ladder is done before that day is over."""
    return _made(reminders.hold(actor(), body.until, _reason(body), now=clock.now(), invoice_id=invoice_id).id)


@blueprint.post("/customers/<uuid:client_id>/hold/")
@operation("Hold the reminders of a customer", **_MAKES, **_HOLDING)
def hold_customer(client_id: uuid.UUID, body: HoldIn) -> Response:
    """Of all their invoices, until that day is over."""
    return _made(reminders.hold(actor(), body.until, _reason(body), now=clock.now(), client_id=client_id).id)


@blueprint.post("/billing/holds/<uuid:hold_id>/end/")
@operation("End a hold", role="staff", scope="billing:write", gives=HoldOut, example=_HOLD)
def end_hold(hold_id: uuid.UUID) -> Response:
    """Before its day: reminders go on."""
    row = get_hold(current_user.business_id, hold_id).row
    about = {"invoice_id": row.invoice_id} if row.invoice_id else {"client_id": row.client_id}
    reminders.let_go(actor(), hold_id, now=clock.now(), **about)
    return told(_written(get_hold(current_user.business_id, hold_id)), "Ended")


def _made(hold_id: uuid.UUID) -> Response:
    found = get_hold(current_user.business_id, hold_id)
    return made(_written(found), url_for("promises_api.read_hold", hold_id=hold_id), "Noted")


def _promise(body: PromiseIn, currency: str) -> PromiseForm:
    return filled(PromiseForm, body.model_dump(), prepare=lambda form: form.prepare(currency))


def _reason(body: HoldIn) -> str:
    try:
        return clean(body.reason)
    except ValueError as error:
        raise Invalid("reason", str(error)) from error
