"""What is done with one subscription: paused, taken up again, cancelled, kept."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.api.subscription_shapes import SUBSCRIPTION, SubscriptionOut, read, today
from app.billing.api.subscriptions import blueprint, present
from app.billing.forms.subscription_verbs import CancelForm, PauseForm, ResumeForm
from app.billing.models import Subscription
from app.billing.service.stopping import cancel_with_credit, pause_with_credit
from app.billing.service.subscriptions import term_end
from app.errors import Invalid
from app.web.access import actor
from app.web.api import In, filled, operation, told, version_asked_for

AT = "/<uuid:subscription_id>/"
DOES: dict[str, Any] = {
    "role": "staff",
    "scope": "billing:write",
    "gives": SubscriptionOut,
    "example": SUBSCRIPTION,
    "versioned": present,
}
"""What all of these declare."""


class PauseIn(In):
    """The days that are not paid for: from `since` on up to and without `until`; without that day it stays paused."""

    since: date | None = Field(None, description="Today when left out.")
    until: date | None = Field(None, description="The day it goes on.")
    credit: bool = Field(True, description="Whether what they paid for days from then on is credited.")
    reason: str = Field("", max_length=300)


class ResumeIn(In):
    """The day it goes on."""

    on: date | None = Field(None, description="Today when left out.")


class CancelIn(In):
    """When it ends: with the period that runs, at once, or on another day."""

    when: Literal["term", "now", "day"] = "term"
    last_day: date | None = Field(None, description="Where `when` is `day`.")
    credit: bool = Field(True, description="Whether what they paid for days after it is credited.")
    reason: str = Field("", max_length=300)


def row_of(subscription_id: uuid.UUID) -> Subscription:
    """The row of a subscription. Raises NotFound."""
    return queries.get_subscription(current_user.business_id, subscription_id)


@blueprint.post(AT + "pause/")
@operation("Pause a subscription", takes=PauseIn, takes_example={"reason": "Away for a month"}, **DOES)
def pause_subscription(subscription_id: uuid.UUID, body: PauseIn) -> Response:
    """Days of a pause are not paid for, and no invoice is made for them."""
    asked = version_asked_for(row_of(subscription_id).version)
    form = filled(PauseForm, body.model_dump() | {"since": body.since or today()})
    pause_with_credit(
        actor(), subscription_id, since=form.since.data, until=form.until.data, reason=form.reason.data,
        credit=body.credit, now=clock.now(), version=asked,
    )  # fmt: skip
    return told(read(subscription_id), "Paused")


@blueprint.post(AT + "resume/")
@operation("Resume a subscription", takes=ResumeIn, takes_example={"on": "2026-12-15"}, **DOES)
def resume_subscription(subscription_id: uuid.UUID, body: ResumeIn) -> Response:
    """It is paid for again from this day on; a pause that has not begun by then is called off."""
    asked = version_asked_for(row_of(subscription_id).version)
    form = filled(ResumeForm, {"on": body.on or today()})
    service.resume(actor(), subscription_id, on=form.on.data, now=clock.now(), version=asked)
    return told(read(subscription_id), "It goes on")


@blueprint.post(AT + "cancel/")
@operation("Cancel a subscription", takes=CancelIn, takes_example={"when": "term", "reason": "Moving away"}, **DOES)
def cancel_subscription(subscription_id: uuid.UUID, body: CancelIn) -> Response:
    """Nothing is billed for the days after its last one."""
    row = row_of(subscription_id)
    asked, ends = version_asked_for(row.version), term_end(row, today())
    form = filled(CancelForm, body.model_dump(), prepare=lambda form: form.offer(today(), ends, ""))
    try:
        cancel_with_credit(
            actor(), subscription_id, ends_on=form.ends_on(), reason=form.reason.data, credit=body.credit,
            now=clock.now(), version=asked,
        )  # fmt: skip
    except Invalid as error:
        # The service names the first day without it; programs are asked for the last day.
        raise Invalid({"last_day": [said for sayings in error.errors.values() for said in sayings]}) from error
    return told(read(subscription_id), "Cancelled")


@blueprint.post(AT + "keep/")
@operation("Keep a cancelled subscription", **DOES)
def keep_subscription(subscription_id: uuid.UUID) -> Response:
    """Calls a cancelling off whose day has not come: it goes on as if it had never been cancelled."""
    asked = version_asked_for(row_of(subscription_id).version)
    service.keep(actor(), subscription_id, now=clock.now(), version=asked)
    return told(read(subscription_id), "It goes on")
