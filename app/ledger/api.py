"""Exchange rates: what stands, a new one, and correcting one."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.queries import get_business
from app.ledger import queries, rates
from app.ledger.forms import CorrectionForm, RateForm
from app.web.access import actor
from app.web.api import In, ListQuery, Out, Rate, filled, instant, made, operation, paged, rooms_api, told

blueprint = rooms_api("ledger", "/api", "Exchange rates")
AT = "/settings/rates/"


class RateIn(In):
    """What one unit of a currency is worth in that of the business, from a day on."""

    currency: str = Field(min_length=3, max_length=3, description="ISO 4217.", examples=["USD"])
    rate: Rate
    valid_from: date | None = Field(None, description="Today at the business when it is left out.")


class CorrectRateIn(In):
    """What it should have been."""

    rate: Rate


class RateOut(Out):
    """A rate: so much of `base_currency` for one unit of `currency`. `stands`: it was not corrected since."""

    id: uuid.UUID
    currency: str
    base_currency: str
    rate: str
    valid_from: date
    created_at: datetime
    stands: bool


_RATE: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000085",
    "currency": "USD",
    "base_currency": "NGN",
    "rate": "1533.275",
    "valid_from": "2026-11-20",
    "created_at": "2026-11-20T10:30:00Z",
    "stands": True,
}
_WRITES: dict[str, Any] = {
    "role": "staff",
    "scope": "settings:write",
    "gives": RateOut,
    "status": 201,
    "example": _RATE,
}


def _written(row: Any, stands: bool = True) -> dict[str, Any]:
    value: Decimal = row.rate
    return {
        "id": str(row.id),
        "currency": row.currency,
        "base_currency": row.base_currency,
        "rate": f"{value.normalize():f}",
        "valid_from": row.valid_from.isoformat(),
        "created_at": instant(row.created_at),
        "stands": stands,
    }


def _made(rate_id: uuid.UUID, message: str) -> Response:
    row = queries.get_rate(current_user.business_id, rate_id)
    return made(_written(row), url_for("ledger_api.read_exchange_rate", rate_id=row.id), message)


@blueprint.get(AT)
@operation(
    "List exchange rates",
    role="viewer",
    scope="settings:read",
    query=ListQuery,
    gives=RateOut,
    many=True,
    example=_RATE,
)
def list_exchange_rates(query: ListQuery) -> Response:
    """Those that stand, the newest day first."""
    business = get_business(current_user.business_id)
    return paged(queries.list_rates(business.id, business.currency, query.walk), query, _written)


@blueprint.get(AT + "<uuid:rate_id>/")
@operation("Read an exchange rate", role="viewer", scope="settings:read", gives=RateOut, example=_RATE)
def read_exchange_rate(rate_id: uuid.UUID) -> Response:
    """One that was corrected since is still told: documents keep the rate they were given."""
    row = queries.get_rate(current_user.business_id, rate_id)
    standing = queries.rate_of_day(row.business_id, row.currency, row.base_currency, row.valid_from)
    return told(_written(row, standing is not None and standing.id == row.id))


@blueprint.post(AT)
@operation(
    "Write down an exchange rate",
    takes=RateIn,
    takes_example={"currency": "EUR", "rate": "1702.5", "valid_from": "2026-11-20"},
    **_WRITES,
)
def add_exchange_rate(body: RateIn) -> Response:
    """It holds from that day on, until the day of the next one. A day that has one is corrected instead."""
    words = {**body.model_dump(), "currency": body.currency.upper()}
    form = filled(RateForm, words | {"valid_from": body.valid_from or clock.today(current_user.timezone)})
    row = rates.add_rate(actor(), form.currency.data, form.valid_from.data, form.rate.data, now=clock.now())
    return _made(row.id, "The rate is written down")


@blueprint.post(AT + "<uuid:rate_id>/correct/")
@operation("Correct an exchange rate", takes=CorrectRateIn, takes_example={"rate": "1540.00"}, **_WRITES)
def correct_exchange_rate(rate_id: uuid.UUID, body: CorrectRateIn) -> Response:
    """Another one stands in its place, and is the answer; issued documents keep what they had. One that was corrected
    before is not corrected again: correct what stands."""
    queries.get_rate(current_user.business_id, rate_id)
    form = filled(CorrectionForm, body.model_dump())
    return _made(rates.correct_rate(actor(), rate_id, form.rate.data, now=clock.now()).id, "The rate is corrected")
