"""Giving money back, from a payment or a credit note."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.database import new_id
from app.errors import Invalid
from app.invoices.models import CreditNote
from app.money import Money
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.shapes import REFUND, Method, ReasonIn, RefundOut, refund_out, today
from app.payments.errors import AlreadyReversed
from app.payments.forms import THROUGH, RefundForm, ReverseForm
from app.payments.models import Payment
from app.payments.queries import get_payment
from app.payments.queries.credit_notes import RefundFilters, get_note, get_refund, list_refunds, ways_back
from app.payments.service.refunding import GivenBack, refundable
from app.web.access import actor
from app.web.api import Amount, In, ListQuery, filled, made, operation, paged, told


class RefundIn(In):
    """Money that was given back by hand, or that a payment company is to give back (method "gateway")."""

    amount: Amount | None = Field(None, description="What is left as credit when it is left out; if nothing is, all.")
    method: Method
    on_date: date | None = Field(None, description="Today at the business when it is left out.")
    reference: str = Field("", max_length=120)
    reason: str = Field(min_length=1, max_length=300, examples=["Paid twice"])


class NoteRefundIn(RefundIn):
    """The same of a credit note: a payment company gives it back over one of the customer's online payments."""

    through_payment_id: uuid.UUID | None = Field(None, description="The latest that can be used when it is left out.")


class RefundQuery(ListQuery):
    """Which refunds."""

    customer_id: uuid.UUID | None = None
    payment_id: uuid.UUID | None = None
    credit_note_id: uuid.UUID | None = None
    state: Literal["", "new", "pending", "processing", "needs_attention", "done", "failed", "reversed"] = ""


@blueprint.get("/billing/refunds/")
@operation(
    "List refunds",
    role="viewer",
    scope="payments:read",
    query=RefundQuery,
    gives=RefundOut,
    many=True,
    example=REFUND,
)
def list_refunds_given(query: RefundQuery) -> Response:
    """The latest first; what banks took back after a dispute is among them."""
    filters = RefundFilters(query.customer_id, query.payment_id, query.credit_note_id, query.state)
    return paged(list_refunds(current_user.business_id, filters, query.walk), query, refund_out)


@blueprint.get("/billing/refunds/<uuid:refund_id>/")
@operation("Read a refund", role="viewer", scope="payments:read", gives=RefundOut, example=REFUND)
def read_refund(refund_id: uuid.UUID) -> Response:
    """Its `state` says whether the money left."""
    return told(refund_out(get_refund(current_user.business_id, refund_id)))


@blueprint.post("/billing/payments/<uuid:payment_id>/refund/")
@operation(
    "Give a payment back",
    role="staff",
    scope="payments:write",
    takes=RefundIn,
    gives=RefundOut,
    status=201,
    example=REFUND,
    takes_example={"amount": "100.00", "method": "cash", "reason": "Paid twice"},
)
def refund_payment(payment_id: uuid.UUID, body: RefundIn) -> Response:
    """What is left of it goes first; then it leaves the invoices it settled, the newest first, and they owe again. With
    "gateway" the payment company it came through is asked; else it writes down what was given back by hand."""
    payment = get_payment(current_user.business_id, payment_id)
    return _give_back("payment", payment, body, None)


@blueprint.post("/billing/credit-notes/<uuid:note_id>/refund/")
@operation(
    "Give a credit note back",
    role="staff",
    scope="payments:write",
    takes=NoteRefundIn,
    gives=RefundOut,
    status=201,
    example={**REFUND, "payment_id": None, "credit_note_id": "01936f4e-7c00-7000-8000-000000000060"},
    takes_example={"amount": "100.00", "method": "transfer", "reason": "Moved away"},
)
def refund_credit_note(note_id: uuid.UUID, body: NoteRefundIn) -> Response:
    """What is left of it, in money. Credit that settled invoices cannot be given back."""
    note = get_note(current_user.business_id, note_id)
    return _give_back("credit_note", note, body, body.through_payment_id)


def _give_back(kind: str, source: Payment | CreditNote, body: RefundIn, over: uuid.UUID | None) -> Response:
    if not refundable(source):
        raise AlreadyReversed("Nothing of it is left to give back.")
    ways = [payment.id for payment, _ in ways_back(source)] if body.method == "gateway" else []
    if over is not None and over not in ways:
        raise Invalid("through_payment_id", "It cannot go back over that payment.")
    if body.method == "gateway" and not ways:
        raise Invalid("method", "There is no payment of a payment company over which it could go back.")
    form = filled(RefundForm, _values(source, body, over or next(iter(ways), None)), prepare=_offering(source, ways))
    given = (form.on_date.data, form.reason.data, form.reference.data)
    through = form.through()
    if through is not None:
        given = (today(), *given[1:])
    said = GivenBack(form.amount.data, "gateway" if through else form.method.data, *given, through)
    row = service.refund(actor(), kind, source.id, said, now=clock.now())
    where = url_for("payments_api.read_refund", refund_id=row.id)
    return made(refund_out(row), where, "On its way back" if through else "Recorded")


def _values(source: Payment | CreditNote, body: RefundIn, over: uuid.UUID | None) -> dict[str, Any]:
    """What was sent, as the form takes it."""
    usual = Money(source.unallocated_minor or refundable(source), source.currency).decimal
    return {
        "refund_id": new_id(),
        "amount": usual if body.amount is None else body.amount,
        "method": f"{THROUGH}{over}" if body.method == "gateway" else body.method,
        "on_date": body.on_date or today(),
        "reference": body.reference,
        "reason": body.reason,
    }


def _offering(source: Payment | CreditNote, ways: list[uuid.UUID]) -> Any:
    """The form knows the currency of the money, and over which payments it can go back."""
    return lambda form: form.prepare(source.currency).offer([(one, "") for one in ways])


@blueprint.post("/billing/refunds/<uuid:refund_id>/undo/")
@operation(
    "Undo a refund",
    role="staff",
    scope="payments:write",
    takes=ReasonIn,
    gives=RefundOut,
    example={**REFUND, "state": "reversed", "state_reason": "Typed twice"},
    takes_example={"reason": "Typed twice"},
)
def undo_recorded_refund(refund_id: uuid.UUID, body: ReasonIn) -> Response:
    """The money did not leave, and is credit again. Only for refunds that were written down by hand."""
    reason = filled(ReverseForm, body.model_dump()).reason.data
    return told(refund_out(service.undo_refund(actor(), refund_id, reason, now=clock.now())), "Undone")
