"""What plans cost from which day on."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.api.plan_shapes import PLAN, PRICE, PlanOut, PlanPriceOut
from app.billing.api.plans import NAMES, blueprint, price_written, read
from app.billing.forms import PriceForm
from app.billing.forms.plans import NoticeForm
from app.billing.service.notifying import notify
from app.web.access import actor
from app.web.api import Amount, Count, Currency, In, Out, filled, made, operation, told

AT = "/<uuid:plan_id>/prices/"


class PlanPriceIn(In):
    """What a plan is to cost from a day on: today or later, or before its first price."""

    currency: Currency = Field("", description="ISO 4217; the business's own when left out.")
    price: Amount = Field(description="Of a period.")
    setup_price: Amount = Field(Decimal(0), description="Once, whatever the quantity.")
    since: date
    for_all: bool = Field(
        True, description="Who has the plan pays it, too, from the next period on; else only who begins then or later."
    )


class PriceTelling(In):
    """How many days before the price holds its payers are told."""

    days_before: int = Field(30, ge=0, le=120)


class PriceTold(Out):
    """How many messages were written, and the names of customers whom nothing can reach."""

    written: Count
    unreachable: list[str]


@blueprint.post(AT)
@operation(
    "Set a price of a plan",
    role="staff",
    scope="billing:write",
    takes=PlanPriceIn,
    gives=PlanPriceOut,
    status=201,
    example=PRICE,
    takes_example={"price": "19500.00", "since": "2099-01-01"},
)
def set_plan_price(plan_id: uuid.UUID, body: PlanPriceIn) -> Response:
    """A price that was planned for the same day is replaced. What was billed keeps its price."""
    queries.get_plan(current_user.business_id, plan_id)
    sent = body.model_dump() | {"currency": body.currency or current_user.currency}
    form = filled(PriceForm, sent | {"who": "all" if body.for_all else "new"}, names=NAMES)
    today = clock.today(current_user.timezone)
    row = service.set_price(actor(), plan_id, form.values(), today=today, now=clock.now())
    price_id = row.id
    found = next(one for one in queries.prices_of(current_user.business_id, [plan_id])[plan_id] if one.id == price_id)
    return made(price_written(found), url_for("plans_api.read_plan", plan_id=plan_id), "Price set")


@blueprint.post(AT + "<uuid:price_id>/withdraw/")
@operation("Withdraw a price of a plan", role="staff", scope="billing:write", gives=PlanOut, example=PLAN)
def withdraw_plan_price(plan_id: uuid.UUID, price_id: uuid.UUID) -> Response:
    """Takes back a price whose day has not come."""
    today = clock.today(current_user.timezone)
    service.withdraw_price(actor(), plan_id, price_id, today=today, now=clock.now())
    return told(read(plan_id), "Withdrawn")


@blueprint.post(AT + "<uuid:price_id>/tell/")
@operation(
    "Tell customers of a price",
    role="staff",
    scope="billing:write",
    takes=PriceTelling,
    gives=PriceTold,
    example={"written": 12, "unreachable": []},
    takes_example={"days_before": 14},
)
def tell_plan_price(plan_id: uuid.UUID, price_id: uuid.UUID, body: PriceTelling) -> Response:
    """Writes to all who will pay another price, before its day. Nobody is told twice of the same price."""
    form = filled(NoticeForm, body.model_dump())
    done = notify(actor(), plan_id, price_id, days_before=form.days_before.data, now=clock.now())
    return told({"written": done.written, "unreachable": list(done.unreachable)}, "On their way")
