"""What has to hold before a service is cut: for everybody, for a plan, for a customer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.billing.api.dunning_shapes import POLICY, DunningPolicyChange, DunningPolicyOut
from app.billing.api.whose import CHANGES, READS, for_each, keys
from app.billing.forms.dunning import PolicyForm
from app.billing.queries.dunning_policies import policy_of, terms_of
from app.billing.rules.dunning import Terms
from app.billing.service.dunning_policies import drop_policy, set_policy
from app.money import Money, json_money
from app.web.access import actor
from app.web.api import filled, told, version_asked_for

_NUMBERS = tuple(name for name, field in DunningPolicyOut.model_fields.items() if field.annotation is int)


def _read(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> dict[str, Any]:
    business = current_user.business_id
    row = policy_of(business, **keys(plan_id, client_id))
    terms = terms_of(row or policy_of(business))
    amounts = (Money(minor, currency) for currency, minor in sorted(terms.least_owed.items()))
    return {
        "own": row is not None,
        "enabled": terms.enabled,
        **{name: getattr(terms, name) for name in _NUMBERS if name != "version"},
        "quiet_days": [int(number) for number in terms.quiet_days],
        "spared_tags": sorted(terms.spared_tags),
        "least_owed": [json_money(money) for money in amounts],
        "version": row.version if row else 0,
    }


def _terms(present: Mapping[str, Any], body: DunningPolicyChange) -> Terms:
    """What would be typed on the page, checked as there. Raises Invalid."""
    words = {**present, **body.model_dump(include=set(body.model_fields_set))}
    days = {f"quiet_{number}": number in words["quiet_days"] for number in range(1, 8)}
    words |= days | {"spared_tags": ", ".join(words["spared_tags"])}
    words["least_owed"] = "\n".join(f"{one['currency']} {one['amount']}" for one in words["least_owed"])
    return filled(PolicyForm, words, names={"quiet_7": "quiet_days"}).terms()


@for_each("GET", "", "Read the dunning policy", gives=DunningPolicyOut, example=POLICY, **READS)
def read_dunning_policy(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """What goes there, be it their own or the business's."""
    return told(_read(plan_id, client_id))


@for_each(
    "PATCH",
    "",
    "Change the dunning policy",
    takes=DunningPolicyChange,
    gives=DunningPolicyOut,
    example=POLICY,
    takes_example={"grace_days": 2, "quiet_days": [5, 6, 7]},
    versioned=_read,
    **CHANGES,
)
def change_dunning_policy(
    body: DunningPolicyChange, plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None
) -> Response:
    """What is left out stays as it goes there now. A plan or customer without a policy of their own has one then."""
    present = _read(plan_id, client_id)
    asked = version_asked_for(present["version"])
    set_policy(actor(), _terms(present, body), asked, now=clock.now(), plan_id=plan_id, client_id=client_id)
    return told(_read(plan_id, client_id), "Saved")


@for_each(
    "POST",
    "end/",
    "Drop the dunning policy",
    ("plan", "customer"),
    gives=DunningPolicyOut,
    example=POLICY | {"own": False, "version": 0},
    **CHANGES,
)
def drop_dunning_policy(plan_id: uuid.UUID | None = None, client_id: uuid.UUID | None = None) -> Response:
    """They go by that of the business again; nothing happens where they do so already."""
    if _read(plan_id, client_id)["own"]:
        drop_policy(actor(), now=clock.now(), plan_id=plan_id, client_id=client_id)
    return told(_read(plan_id, client_id), "What goes for everybody goes here again")
