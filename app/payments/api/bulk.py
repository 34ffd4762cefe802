"""Writing down several payments at once, as they come from a bank's list."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from pydantic import Field

from app.errors import DuelyError, Invalid
from app.payments.api import blueprint
from app.payments.api.recording import PaymentIn, book
from app.payments.api.shapes import CUSTOMER_ID, PAYMENT_ID
from app.web.api import In, Out, operation, several


class PaymentsIn(In):
    """Payments, at most 100."""

    payments: list[PaymentIn] = Field(min_length=1, max_length=100)


class PaymentResult(Out):
    """What became of one of several payments; `index` is its place in what was sent."""

    index: int
    success: bool
    id: uuid.UUID | None
    code: str | None
    message: str
    errors: dict[str, list[str]]


_RESULT: dict[str, Any] = {
    "index": 0,
    "success": True,
    "id": None,
    "code": None,
    "message": "Recorded",
    "errors": {},
}
_PAYMENT = {"customer_id": CUSTOMER_ID, "amount": "1000.00", "method": "transfer", "reference": "GTB 4711"}


@blueprint.post("/billing/payments/bulk/")
@operation(
    "Record several payments of customers",
    role="staff",
    scope="payments:write",
    takes=PaymentsIn,
    gives=PaymentResult,
    many=True,
    status=207,
    example=_RESULT | {"id": PAYMENT_ID},
    takes_example={"payments": [_PAYMENT]},
)
def record_payments(body: PaymentsIn) -> Response:
    """At most 100, in their order, each by itself as one alone would be: what is wrong with one keeps no other from
    being booked. Send an Idempotency-Key, so that asking again books nothing twice."""
    return several([_result(index, one) for index, one in enumerate(body.payments)])


def _result(index: int, body: PaymentIn) -> dict[str, Any]:
    result = _RESULT | {"index": index}
    try:
        return result | {"id": str(book(body).id)}
    except DuelyError as error:
        errors = error.errors if isinstance(error, Invalid) else {}
        return result | {"success": False, "code": error.code, "message": str(error), "errors": errors}
