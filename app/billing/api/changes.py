"""Another plan, other quantities and prices: looked at, done, and called off before their day."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries
from app.billing.api.billed import PLANNED, PlannedInvoiceOut, planned_written
from app.billing.api.subscription_shapes import SUBSCRIPTION, SubscriptionOut, read, today
from app.billing.api.subscriptions import blueprint, present
from app.billing.api.verbs import DOES, row_of
from app.billing.forms.changing import ChangeForm, PlanForm
from app.billing.queries import Agreement
from app.billing.queries.billed import with_waiting
from app.billing.queries.listing import one_with_state
from app.billing.queries.offered import offered
from app.billing.rules import move
from app.billing.service.applying import Wish, call_off, change
from app.billing.service.changing import Outcome, next_term, work_out
from app.billing.service.wanting import Edit, ItemsWish, other_things
from app.errors import Invalid
from app.money import json_money
from app.web.access import actor
from app.web.api import Amount, In, MoneyOut, Out, filled, operation, told, version_asked_for

AT = "/<uuid:subscription_id>/"


class ChangeIn(In):
    """From which day on, and how the days of a period that is billed already are billed."""

    when: Literal["now", "term", "day"] = Field("now", description="Today, with the next period, or on `day`.")
    day: date | None = None
    billing: Literal["now", "next"] = Field("now", description="On an invoice of their own today, or on the next.")
    setup: bool = Field(
        False, description="Whether set-up fees are charged, too: one for each plan or add-on, whatever the quantity."
    )
    send: bool = Field(False, description="Whether an invoice that is made now goes to the customer.")


class PlanSwitch(ChangeIn):
    """Another plan in place of the subscription's."""

    plan_id: uuid.UUID
    quantity: Amount = Decimal(1)
    price: Amount | None = Field(None, description="A price of their own in place of the plan's.")


class ItemEdit(In):
    """How many of an item of the subscription, and at which price of its own. Nothing of it ends it."""

    item_id: uuid.UUID
    quantity: Amount
    price: Amount | None = Field(None, description="Null: the plan's.")


class AddonAdded(In):
    """An add-on that comes to it."""

    plan_id: uuid.UUID
    quantity: Amount = Field(Decimal(1), gt=0)


class ItemsSwitch(ChangeIn):
    """Other quantities and prices of items, and add-ons that come to them; what is not named stays."""

    items: list[ItemEdit] = Field([], max_length=100)
    addons: list[AddonAdded] = Field([], max_length=49)


class ChangeOutcome(Out):
    """What a change does in money: what is credited, the invoice that is made at once, and the next ones to come."""

    words: str
    since: date
    credited: MoneyOut
    invoice: PlannedInvoiceOut | None
    coming: list[PlannedInvoiceOut]


_OUTCOME: dict[str, Any] = {
    "words": "Home 20 Mbps → Home 50 Mbps",
    "since": "2026-11-20",
    "credited": {"amount": "6783.33", "minor": 678333, "currency": "NGN"},
    "invoice": PLANNED,
    "coming": [PLANNED],
}
_SWITCH = {"plan_id": "01936f4e-7c00-7000-8000-000000000022", "when": "term"}
_ITEMS = {"items": [{"item_id": "01936f4e-7c00-7000-8000-000000000031", "quantity": "2"}], "when": "term"}
_LOOKS: dict[str, Any] = {"role": "staff", "scope": "billing:read", "gives": ChangeOutcome, "example": _OUTCOME}


@blueprint.post(AT + "change-plan/")
@operation("Change the plan of a subscription", takes=PlanSwitch, takes_example=_SWITCH, **DOES)
def change_subscription_plan(subscription_id: uuid.UUID, body: PlanSwitch) -> Response:
    """Unused days of the old plan are credited, and days of the new one billed, by the day."""
    asked = version_asked_for(row_of(subscription_id).version)
    return _do(subscription_id, _to_plan(_agreement(subscription_id), body), body.send, asked)


@blueprint.post(AT + "change-plan/preview/")
@operation("Look what another plan would do", takes=PlanSwitch, takes_example=_SWITCH, **_LOOKS)
def preview_subscription_plan(subscription_id: uuid.UUID, body: PlanSwitch) -> Response:
    """Changes nothing."""
    one = _agreement(subscription_id)
    return _look(one, _to_plan(one, body))


@blueprint.post(AT + "change-items/")
@operation("Change quantities, prices and add-ons", takes=ItemsSwitch, takes_example=_ITEMS, **DOES)
def change_subscription_items(subscription_id: uuid.UUID, body: ItemsSwitch) -> Response:
    """Days that are billed already are credited and billed anew, by the day."""
    asked = version_asked_for(row_of(subscription_id).version)
    _each_once(body)
    wish = _to_items(_agreement(subscription_id), body)
    try:
        return _do(subscription_id, wish, body.send, asked)
    except Invalid as error:
        raise _by_place(error, body) from error


@blueprint.post(AT + "change-items/preview/")
@operation("Look what other quantities would do", takes=ItemsSwitch, takes_example=_ITEMS, **_LOOKS)
def preview_subscription_items(subscription_id: uuid.UUID, body: ItemsSwitch) -> Response:
    """Changes nothing."""
    one = _agreement(subscription_id)
    _each_once(body)
    try:
        return _look(one, _to_items(one, body))
    except Invalid as error:
        raise _by_place(error, body) from error


@blueprint.post(AT + "call-off/")
@operation(
    "Call a planned change off",
    role="staff",
    scope="billing:write",
    gives=SubscriptionOut,
    example=SUBSCRIPTION,
    versioned=present,
)
def call_off_subscription_change(subscription_id: uuid.UUID) -> Response:
    """It goes on as it is; nothing was billed yet."""
    asked = version_asked_for(row_of(subscription_id).version)
    call_off(actor(), subscription_id, now=clock.now(), version=asked)
    return told(read(subscription_id), "It goes on as it is")


def _agreement(subscription_id: uuid.UUID) -> Agreement:
    return with_waiting(queries.agreement_of(current_user.business_id, subscription_id))


def _to_plan(one: Agreement, body: PlanSwitch) -> Wish:
    plans = offered(one.row.business_id).choices("plan", one.row.currency, today())
    term = next_term(one, today())
    form = filled(PlanForm, body.model_dump(), prepare=lambda form: form.begin(today(), term, "") and form.offer(plans))
    return form.wish(one.row.business_id)


def _to_items(one: Agreement, body: ItemsSwitch) -> Wish:
    term = next_term(one, today())
    shared = body.model_dump(exclude={"items", "addons"})
    form = filled(ChangeForm, shared, prepare=lambda form: form.begin(today(), term, ""))
    edits = {row.item_id: Edit(row.quantity, row.price) for row in body.items}
    adds = {row.plan_id: row.quantity for row in body.addons}
    business, at_once = one.row.business_id, body.billing == "now"
    wish = ItemsWish(form.since(), edits, adds, setup=body.setup, at_once=at_once)
    return lambda found, on: other_things(business, found, wish, on)


def _do(subscription_id: uuid.UUID, wish: Wish, send: bool, asked: int) -> Response:
    outcome = change(actor(), subscription_id, wish, now=clock.now(), version=asked, send=send)
    words = outcome.wanted.words
    return told(read(subscription_id), words)


def _look(one: Agreement, wish: Wish) -> Response:
    move(one_with_state(one.row.business_id, one.row.id, today()).state, "change")
    outcome = work_out(one.row.business_id, one, wish(one, today()))
    return told(_written(outcome))


def _each_once(body: ItemsSwitch) -> None:
    """Raises Invalid for an item or an add-on that is named twice."""
    named = {f"items.{place}.item_id": row.item_id for place, row in enumerate(body.items)}
    added = {f"addons.{place}.plan_id": row.plan_id for place, row in enumerate(body.addons)}
    for rows in (named, added):
        first = {id: path for path, id in reversed(rows.items())}
        if twice := [path for path, id in rows.items() if first[id] != path]:
            raise Invalid({path: ["Give this once."] for path in twice})


def _written(outcome: Outcome) -> dict[str, Any]:
    return {
        "words": outcome.wanted.words,
        "since": outcome.wanted.since.isoformat(),
        "credited": json_money(outcome.credited),
        "invoice": planned_written(outcome.invoice) if outcome.invoice else None,
        "coming": [planned_written(one) for one in outcome.coming],
    }


def _by_place(error: Invalid, body: ItemsSwitch) -> Invalid:
    """The same refusal, by the place of an item or add-on in what was sent in place of its id."""
    items = {f"edits.{row.item_id}": f"items.{place}.quantity" for place, row in enumerate(body.items)}
    adds = {f"adds.{row.plan_id}": f"addons.{place}.quantity" for place, row in enumerate(body.addons)}
    adds |= {f"adds.{place}": f"addons.{place}.plan_id" for place in range(len(body.addons))}
    known = {"edits": "items", "since": "day", **items, **adds}
    return Invalid({known.get(path, path): said for path, said in error.errors.items()})
