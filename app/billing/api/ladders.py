"""Ladders: what happens how many days after the due date, reminders, late fees and cuts, for whom."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing.api.ladder_shapes import STEP, LadderActIn, LadderOut, LadderReminderIn
from app.billing.api.whose import CHANGES, READS, for_each, keys
from app.billing.forms.dunning import ActForm
from app.errors import Invalid
from app.money import Money, json_money
from app.reminders import service as reminders
from app.reminders.models import LadderStep
from app.reminders.queries import ladder_steps
from app.reminders.rules import ActValues
from app.web.access import actor
from app.web.api import filled, told

_LADDER: dict[str, Any] = {"gives": LadderOut, "example": {"own": True, "steps": [STEP]}}
_STAFF: dict[str, Any] = {
    "role": {"business": "admin", "plan": "admin", "customer": "staff"},
    "scope": "settings:write",
}
"""Who may do what is about reminders alone: staff on a customer's ladder."""
_NAMES = {"fee_minor": "fee", "fee_least_minor": "fee_least", "fee_most_minor": "fee_most"}
_OF_FEES = ("fee_percent", "fee_taxed", *_NAMES.values())


def _ladder(plan_id: uuid.UUID | None, client_id: uuid.UUID | None) -> dict[str, Any]:
    business = current_user.business_id
    own = ladder_steps(business, **keys(plan_id, client_id))
    steps = own or (ladder_steps(business) if plan_id or client_id else [])
    return {"own": bool(own), "steps": [_written(one) for one in steps]}


def _written(one: LadderStep) -> dict[str, Any]:
    def money(minor: int | None) -> dict[str, Any] | None:
        return dict(json_money(Money(minor, one.currency))) if minor and one.currency else None

    reminds = one.kind == "remind"
    return {
        "id": str(one.id),
        "kind": one.kind,
        "days": one.days,
        "channel": one.channel if reminds else "",
        "wording": one.wording if reminds else "",
        "owed": money(one.owed_minor),
        "fee_percent": None if one.fee_percent is None else f"{one.fee_percent.normalize():f}",
        **{name: money(getattr(one, column)) for column, name in _NAMES.items()},
        "fee_taxed": one.fee_taxed,
        "since": one.since.isoformat(),
    }


def _act(body: LadderActIn) -> ActValues:
    """The step as it would be typed, checked as there. Raises Invalid."""
    words, currency = body.model_dump(), get_business(current_user.business_id).currency
    if body.kind != "late_fee" and (given := [name for name in _OF_FEES if words[name]]):
        raise Invalid({name: ["Only a late fee has this."] for name in given})
    words |= {column: words.pop(name) for column, name in _NAMES.items()}
    form = filled(ActForm, words, names=_NAMES, prepare=lambda form: form.prepare(currency))
    return form.values(currency)


@for_each("GET", "steps/", "Read the ladder", **_LADDER, **READS)
def read_ladder(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """What happens how many days after the due date."""
    return told(_ladder(plan_id, client_id))


@for_each(
    "POST",
    "steps/",
    "Put a late fee or a cut on the ladder",
    takes=LadderActIn,
    takes_example={"kind": "suspend", "days": 45, "owed": "5000.00"},
    **_LADDER,
    **CHANGES,
)
def add_ladder_act(body: LadderActIn, plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """It counts for whatever falls on today or later. With their first step, a plan or customer leaves the business's
    ladder: begin one of their own before to have the others on it, too."""
    about = keys(plan_id, client_id)
    try:
        reminders.add_act(actor(), _act(body), now=clock.now(), **about)
    except Invalid as error:
        raise Invalid({_NAMES.get(path, path): said for path, said in error.errors.items()}) from error
    return told(_ladder(plan_id, client_id), "The step is on the ladder")


@for_each(
    "POST",
    "reminders/",
    "Put a reminder on the ladder",
    takes=LadderReminderIn,
    takes_example={"days": 33, "wording": "reminder_overdue"},
    **_LADDER,
    **_STAFF,
)
def add_ladder_reminder(
    body: LadderReminderIn, plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None
) -> Response:
    """It goes out for whatever falls on today or later."""
    about = keys(plan_id, client_id)
    reminders.add_step(actor(), body.days, body.channel, body.wording, now=clock.now(), **about)
    return told(_ladder(plan_id, client_id), "The step is on the ladder")


@for_each("POST", "steps/<uuid:step_id>/end/", "Take a step off the ladder", **_LADDER, **_STAFF)
def end_ladder_step(
    step_id: uuid.UUID, plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None
) -> Response:
    """What it did stays. What is no reminder is for admins to take off."""
    reminders.end_step(actor(), step_id, now=clock.now(), **keys(plan_id, client_id))
    return told(_ladder(plan_id, client_id), "The step is off the ladder")


@for_each("POST", "ladder/", "Begin a ladder", **_LADDER, **_STAFF)
def begin_own_ladder(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """A plan or customer gets a copy of the business's, a business the usual reminders; where there is one it stays."""
    reminders.begin_ladder(actor(), now=clock.now(), **keys(plan_id, client_id))
    return told(_ladder(plan_id, client_id), "There is a ladder of their own now")


@for_each("POST", "ladder/end/", "Give up the ladder", ("plan", "customer"), **_LADDER, **_STAFF)
def end_own_ladder(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """They follow the business's again."""
    reminders.end_ladder(actor(), now=clock.now(), **keys(plan_id, client_id))
    return told(_ladder(plan_id, client_id), "The usual ladder counts again")
