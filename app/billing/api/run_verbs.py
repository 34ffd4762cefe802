"""What is done with one billing run: entries decided on, approved, planned again, thrown away, taken back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.api.runs import ENTRY, RUN, Decision, RunEntryOut, RunOut, blueprint, entry_written, read
from app.billing.forms.runs import DecideForm, ReverseForm
from app.web.access import actor
from app.web.api import In, accepted, filled, operation, told, version_asked_for

AT = "/<uuid:run_id>/"
DOES: dict[str, Any] = {"role": "staff", "scope": "billing:write", "gives": RunOut, "example": RUN, "versioned": read}
"""What all of these declare."""


class ApproveIn(In):
    """Whether somebody looked at the entries that are odd; needed where there are any."""

    looked: bool = False


class DecideIn(In):
    """What becomes of an entry: as it is meant to be ("right"), billed, left to the next run, or never billed
    ("skip"); "" takes the decision back."""

    decision: Decision
    was: Decision | None = Field(None, description="The decision that was read, so that nobody's is overwritten.")


class ReverseIn(In):
    """Why it is taken back."""

    reason: str = Field(min_length=1, max_length=300)


@blueprint.post(AT + "approve/")
@operation("Approve a billing run", takes=ApproveIn, takes_example={"looked": True}, status=202, **DOES)
def approve_run(run_id: uuid.UUID, body: ApproveIn) -> Response:
    """Its invoices are issued by and by, each dated by its own day; messages leave on the day of each."""
    asked = version_asked_for(read(run_id)["version"])
    service.approve(actor(), run_id, version=asked, looked=body.looked, now=clock.now())
    return accepted(read(run_id), "Approved. The invoices are being issued")


@blueprint.post(AT + "discard/")
@operation("Discard a billing run", **DOES)
def discard_run(run_id: uuid.UUID) -> Response:
    """Nothing of it is billed. What is due is found again by the next run."""
    asked = version_asked_for(read(run_id)["version"])
    service.discard(actor(), run_id, now=clock.now(), version=asked)
    return told(read(run_id), "Discarded")


@blueprint.post(AT + "plan-again/")
@operation("Plan a billing run again", status=202, **DOES)
def plan_run_again(run_id: uuid.UUID) -> Response:
    """The plan is made anew from what holds now. What was decided on odd entries is asked again."""
    asked = version_asked_for(read(run_id)["version"])
    service.plan_again(actor(), run_id, now=clock.now(), version=asked)
    return accepted(read(run_id), "The run is being planned again")


@blueprint.post(AT + "reverse/")
@operation(
    "Reverse a billing run", takes=ReverseIn, takes_example={"reason": "The wrong prices"}, status=202, **DOES
)  # fmt: skip
def reverse_run(run_id: uuid.UUID, body: ReverseIn) -> Response:
    """Every invoice of it is credited in full, by and by, as long as none of its messages has left."""
    asked = version_asked_for(read(run_id)["version"])
    form = filled(ReverseForm, body.model_dump())
    service.reverse(actor(), run_id, form.reason.data, now=clock.now(), version=asked)
    return accepted(read(run_id), "The run is being reversed")


@blueprint.post(AT + "entries/<uuid:entry_id>/decide/")
@operation(
    "Decide an entry of a billing run",
    role="staff",
    scope="billing:write",
    takes=DecideIn,
    gives=RunEntryOut,
    example=ENTRY | {"decision": "leave_out", "does": "leave"},
    takes_example={"decision": "leave_out"},
)
def decide_run_entry(run_id: uuid.UUID, entry_id: uuid.UUID, body: DecideIn) -> Response:
    """As long as the run waits for approval."""
    business = current_user.business_id
    entry = queries.runs.entry_of(business, run_id, entry_id)
    was = entry.decision if body.was is None else body.was
    form = filled(DecideForm, {"entry": entry_id, "was": was, "decision": body.decision})
    service.decide(actor(), run_id, entry_id, form.decision.data, was=was, now=clock.now())
    [line] = queries.runs.named(business, [queries.runs.entry_of(business, run_id, entry_id)])
    return told(entry_written(line), "Noted")
