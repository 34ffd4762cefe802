"""Dunning: the batches of services that are cut on a day, approved and undone; and late fees that are taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing.forms.dunning import WaiveForm
from app.billing.models import DunningBatch
from app.billing.queries.batch_pages import cuts_by_state, page_of_batches, page_of_cuts
from app.billing.queries.dunning import CutShown, get_batch
from app.billing.service.cutting import approve_batch, restore_all
from app.billing.service.late_fees import is_late_fee, waive_late_fee
from app.errors import Conflict
from app.invoices.queries import get_invoice
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

blueprint = rooms_api("dunning", "/api/billing", "Dunning")
AT = "/dunning/"
BatchState = Literal["gathering", "held", "running", "done", "restored", "lapsed"]


class CutCounts(Out):
    """How many services of a batch: to come, done, left alone, restored."""

    planned: Count
    done: Count
    left: Count
    restored: Count


class DunningBatchOut(Out):
    """The services that are cut on a day. One that is `held` waits for an admin on that day; `reason` says why."""

    id: uuid.UUID
    on_day: date
    state: BatchState
    reason: str
    active_services: Count
    cuts: CutCounts
    created_at: datetime
    approved_at: datetime | None
    restored_at: datetime | None


class CutOut(Out):
    """A service of a batch: what is done to it, for which invoice, and what became of it."""

    id: uuid.UUID
    subscription_id: uuid.UUID
    subscription_name: str
    customer_id: uuid.UUID
    customer_name: str
    invoice_id: uuid.UUID
    invoice_number: str
    kind: Literal["throttle", "suspend", "cancel"]
    days_overdue: int
    owed: MoneyOut
    state: Literal["planned", "done", "left", "restored"]
    reason: str
    done_at: datetime | None


class BatchRestored(Out):
    """How many services are back, and how many could not be."""

    restored: Count
    left: Count


class WaiveIn(In):
    """Why a late fee is taken back."""

    reason: str = Field(min_length=1, max_length=300)


class FeeWaived(Out):
    """The credit note over a late fee."""

    credit_note_id: uuid.UUID
    number: str


class DunningQuery(ListQuery):
    """Which batches."""

    state: BatchState | Literal[""] = ""


_ID = "01936f4e-7c00-7000-8000-0000000000"
_BATCH: dict[str, Any] = {
    "id": f"{_ID}70",
    "on_day": "2026-11-20",
    "state": "held",
    "reason": "5 of 6 active services would be cut, which is more than 10 %.",
    "active_services": 6,
    "cuts": {"planned": 5, "done": 0, "left": 0, "restored": 0},
    "created_at": "2026-11-20T08:00:00Z",
    "approved_at": None,
    "restored_at": None,
}
_CUT = {
    "id": f"{_ID}71",
    "subscription_id": f"{_ID}30",
    "subscription_name": "Home 20 Mbps",
    "customer_id": f"{_ID}10",
    "customer_name": "Adaeze Nwosu",
    "invoice_id": f"{_ID}40",
    "invoice_number": "INV-2026-0107",
    "kind": "suspend",
    "days_overdue": 45,
    "owed": {"amount": "19887.50", "minor": 1988750, "currency": "NGN"},
    "state": "planned",
    "reason": "",
    "done_at": None,
}


def _written(row: DunningBatch, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "on_day": row.on_day.isoformat(),
        "state": row.state,
        "reason": row.reason,
        "active_services": row.active_count,
        "cuts": {state: counts.get(state, 0) for state in ("planned", "done", "left", "restored")},
        "created_at": instant(row.created_at),
        "approved_at": instant(row.approved_at),
        "restored_at": instant(row.restored_at),
    }


def _read(batch_id: uuid.UUID) -> dict[str, Any]:
    row = get_batch(current_user.business_id, batch_id)
    return _written(row, cuts_by_state(row.business_id, [row.id])[row.id])


def _cut(shown: CutShown) -> dict[str, Any]:
    cut = shown.cut
    return {
        "id": str(cut.id),
        "subscription_id": str(cut.subscription_id),
        "subscription_name": shown.service,
        "customer_id": str(cut.client_id),
        "customer_name": shown.client_name,
        "invoice_id": str(cut.invoice_id),
        "invoice_number": shown.number,
        "kind": cut.kind,
        "days_overdue": cut.days,
        "owed": json_money(Money(cut.owed_minor, cut.currency)),
        "state": cut.state,
        "reason": cut.reason,
        "done_at": instant(cut.done_at),
    }


@blueprint.get(AT)
@operation(
    "List batches of cuts",
    role="viewer",
    scope="billing:read",
    query=DunningQuery,
    gives=DunningBatchOut,
    many=True,
    example=_BATCH,
)
def list_dunning_batches(query: DunningQuery) -> Response:
    """One for each day on which services were to be cut, the latest first."""
    page = page_of_batches(current_user.business_id, query.state, query.walk)
    counts = cuts_by_state(current_user.business_id, [row.id for row in page.items])
    return paged(page, query, lambda row: _written(row, counts[row.id]))


@blueprint.get(AT + "<uuid:batch_id>/")
@operation("Read a batch of cuts", role="viewer", scope="billing:read", gives=DunningBatchOut, example=_BATCH)
def read_dunning_batch(batch_id: uuid.UUID) -> Response:
    """How many of its services are done."""
    return told(_read(batch_id))


@blueprint.get(AT + "<uuid:batch_id>/cuts/")
@operation(
    "List the services of a batch",
    role="viewer",
    scope="billing:read",
    query=ListQuery,
    gives=CutOut,
    many=True,
    example=_CUT,
)
def list_cuts(batch_id: uuid.UUID, query: ListQuery) -> Response:
    """In the order in which they were found."""
    row = get_batch(current_user.business_id, batch_id)
    return paged(page_of_cuts(row.business_id, row.id, query.walk), query, _cut)


@blueprint.post(AT + "<uuid:batch_id>/approve/")
@operation(
    "Approve a batch of cuts",
    role="admin",
    scope="billing:write",
    gives=DunningBatchOut,
    status=202,
    example=_BATCH | {"state": "running", "approved_at": "2026-11-20T10:30:00Z"},
)
def approve_dunning_batch(batch_id: uuid.UUID) -> Response:
    """Each service is looked at once more before it is cut: who paid meanwhile is left alone."""
    approve_batch(actor(), batch_id, now=clock.now())
    return accepted(_read(batch_id), "The batch is under way")


@blueprint.post(AT + "<uuid:batch_id>/restore/")
@operation(
    "Undo a batch of cuts",
    role="admin",
    scope="billing:write",
    gives=BatchRestored,
    example={"restored": 5, "left": 0},
)
def restore_dunning_batch(batch_id: uuid.UUID) -> Response:
    """What it slowed down or suspended is restored, and nothing more is cut that day. What was cancelled comes back
    only on the same day."""
    back, left = restore_all(actor(), batch_id, now=clock.now())
    return told({"restored": back, "left": left}, "Undone")


@blueprint.post("/invoices/<uuid:invoice_id>/waive/")
@operation(
    "Waive a late fee",
    role="staff",
    scope="billing:write",
    takes=WaiveIn,
    gives=FeeWaived,
    example={"credit_note_id": f"{_ID}45", "number": "CN-2026-0012"},
    takes_example={"reason": "A mistake of ours"},
)
def waive_fee(invoice_id: uuid.UUID, body: WaiveIn) -> Response:
    """A credit note takes back all of it. 409 for an invoice that is no late fee."""
    get_invoice(current_user.business_id, invoice_id)
    if not is_late_fee(current_user.business_id, invoice_id):
        raise Conflict("This invoice is no late fee.")
    form = filled(WaiveForm, body.model_dump())
    note = waive_late_fee(actor(), invoice_id, form.reason.data, now=clock.now())
    return told({"credit_note_id": str(note.id), "number": note.number}, "Waived")
