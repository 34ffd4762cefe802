"""How a business wants to be billed for, as programs read and change it."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.forms.runs import PolicyForm
from app.web.access import actor
from app.web.api import In, Out, filled, operation, rooms_api, told, version_asked_for

blueprint = rooms_api("billing_settings", "/api/settings/billing", "Settings of recurring billing")


class BillingPolicyChange(In):
    """What is to be different; what is left out stays."""

    review_days: int = Field(0, ge=0, le=30, description="For how long a plan of the calendar can be looked at.")
    approve_alone: bool = Field(True, description="Whether it approves itself then.")
    hold_hours: int = Field(0, ge=0, le=72, description="Hours between posting and the first message.")
    missed: Literal["all", "latest", "ask"] = Field(
        "all", description="Which periods are billed when several are over; “ask” waits for somebody."
    )
    bill_suspended: bool = Field(False, description="Whether periods are billed in which a service is suspended.")


class BillingPolicyOut(Out):
    """How billing runs are planned, approved and sent. `version` 0: nothing was chosen yet, so the defaults hold."""

    review_days: int
    approve_alone: bool
    hold_hours: int
    missed: Literal["all", "latest", "ask"]
    bill_suspended: bool
    version: int


_POLICY: dict[str, Any] = {
    "review_days": 2,
    "approve_alone": True,
    "hold_hours": 4,
    "missed": "all",
    "bill_suspended": False,
    "version": 1,
}
_FIELDS = tuple(BillingPolicyChange.model_fields)


def _read() -> dict[str, Any]:
    business = current_user.business_id
    row, holds = queries.find_policy(business), queries.policy_of(business)
    return {**{name: getattr(holds, name) for name in _FIELDS}, "version": row.version if row else 0}


@blueprint.get("/")
@operation(
    "Read how billing runs work", role="viewer", scope="settings:read", gives=BillingPolicyOut, example=_POLICY
)  # fmt: skip
def read_billing_policy() -> Response:
    """What holds for runs that are planned from now on."""
    return told(_read())


@blueprint.patch("/")
@operation(
    "Change how billing runs work",
    role="admin",
    scope="settings:write",
    takes=BillingPolicyChange,
    gives=BillingPolicyOut,
    example=_POLICY,
    takes_example={"review_days": 2, "hold_hours": 4},
    versioned=_read,
)
def change_billing_policy(body: BillingPolicyChange) -> Response:
    """What is left out stays as it is. Runs that are planned already keep what held then."""
    present = _read()
    asked = version_asked_for(present.pop("version"))
    form = filled(PolicyForm, {**present, **body.model_dump(include=set(body.model_fields_set))})
    service.change_policy(actor(), form.values(), version=asked, now=clock.now())
    return told(_read(), "Saved")
