"""Plans and add-ons: listed, read, made, changed, offered no more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.api.plan_shapes import PLAN, PlanChange, PlanIn, PlanOut, PlanQuery
from app.billing.forms import NewPlanForm, PlanForm, stored_plan
from app.billing.models import Plan
from app.billing.queries import PlanFilters, StoredPrice
from app.billing.rules.repricing import price_money, setup_money
from app.catalog.models import Tax
from app.folding import searched
from app.money import json_money
from app.web.access import actor
from app.web.api import (
    filled,
    instant,
    made,
    named_in,
    operation,
    paged,
    rooms_api,
    told,
    version_asked_for,
)

blueprint = rooms_api("plans", "/api/plans", "Plans")
NO_TAX = "There is no such tax."
# What the form calls otherwise than programs do.
NAMES = {
    "begins": "anchor_day",
    "weekday": "anchor_day",
    "download": "download_mbps",
    "upload": "upload_mbps",
    "quota": "quota_gb",
}


_SAME = ("name", "kind", "code", "description", "stub", "featured", "cycle_unit", "cycle_count")


def read(plan_id: uuid.UUID) -> dict[str, Any]:
    """A plan as it goes out. Raises NotFound."""
    business = current_user.business_id
    plan = queries.get_plan(business, plan_id)
    prices, taxes = queries.prices_of(business, [plan_id])[plan_id], queries.plan_taxes(business, [plan_id])[plan_id]
    return _written(plan, prices, taxes)


def price_written(price: StoredPrice) -> dict[str, Any]:
    """A price as it goes out."""
    return {
        "id": str(price.id),
        "currency": price.currency,
        "price": json_money(price_money(price)),
        "setup_price": json_money(setup_money(price)),
        "since": price.since.isoformat(),
        "for_all": price.for_all,
    }


def _written(plan: Plan, prices: Sequence[StoredPrice], taxes: Sequence[Tax]) -> dict[str, Any]:
    typed = stored_plan(plan, taxes)
    return {
        "id": str(plan.id),
        **{name: typed[name] for name in _SAME},
        "anchor_day": plan.anchor_day,
        "anchor_month": plan.anchor_month,
        "ahead": plan.ahead,
        "trial_days": plan.trial_days,
        **{NAMES[name]: _number(typed[name]) for name in ("download", "upload", "quota")},
        "tax_ids": typed["tax_ids"],
        "prices": [price_written(price) for price in prices],
        "archived": plan.archived_at is not None,
        "created_at": instant(plan.created_at),
        "version": plan.version,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _typed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A plan that was sent, as the form calls its fields."""
    day, ours = sent["anchor_day"], {theirs: name for name, theirs in NAMES.items() if theirs != "anchor_day"}
    days = {} if day is None else {"weekday" if sent["cycle_unit"] == "week" else "anchor_day": str(day)}
    return {
        **{ours.get(name, name): value for name, value in sent.items() if name != "anchor_day"},
        "begins": "own" if day is None else "fixed",
        **days,
        "ahead": "yes" if sent["ahead"] else "no",
    }


@blueprint.get("/")
@operation(
    "List plans", role="viewer", scope="billing:read", query=PlanQuery, gives=PlanOut, many=True, example=PLAN
)  # fmt: skip
def list_plans(query: PlanQuery) -> Response:
    """By name, or the newest first."""
    business, newest = current_user.business_id, query.sort == "-created_at"
    filters = PlanFilters(searched(query.q), query.archived, query.kind, query.currency, newest)
    page = queries.list_plans(business, filters, query.walk)
    ids = [plan.id for plan in page.items]
    prices, taxes = queries.prices_of(business, ids), queries.plan_taxes(business, ids)
    return paged(page, query, lambda plan: _written(plan, prices[plan.id], taxes[plan.id]))


@blueprint.post("/")
@operation(
    "Add a plan",
    role="staff",
    scope="billing:write",
    takes=PlanIn,
    gives=PlanOut,
    status=201,
    example=PLAN,
    takes_example={"name": "Home 20 Mbps", "price": "18500.00", "setup_price": "5000.00", "anchor_day": 1},
)
def add_plan(body: PlanIn) -> Response:
    """It is offered at once, at this price: its first one, which also holds for what began earlier."""
    today = clock.today(current_user.timezone)
    sent = body.model_dump() | {"currency": body.currency or current_user.currency}
    form = filled(NewPlanForm, _typed(sent), names=NAMES)
    with named_in("tax_ids", NO_TAX):
        plan = service.create_plan(actor(), form.values(), form.first_price(), today=today, now=clock.now())
    return made(read(plan.id), url_for("plans_api.read_plan", plan_id=plan.id), "Plan added")


@blueprint.get("/<uuid:plan_id>/")
@operation("Read a plan", role="viewer", scope="billing:read", gives=PlanOut, example=PLAN)
def read_plan(plan_id: uuid.UUID) -> Response:
    """Whether it is offered or archived."""
    return told(read(plan_id))


@blueprint.patch("/<uuid:plan_id>/")
@operation(
    "Change a plan",
    role="staff",
    scope="billing:write",
    takes=PlanChange,
    gives=PlanOut,
    example=PLAN,
    takes_example={"download_mbps": "25"},
    versioned=read,
)
def change_plan(plan_id: uuid.UUID, body: PlanChange) -> Response:
    """What is left out stays as it is. What it costs is changed by adding a price."""
    present = read(plan_id)
    asked = version_asked_for(present["version"])
    kept = {name: present[name] for name in PlanChange.model_fields}
    form = filled(PlanForm, _typed(kept | body.model_dump(include=set(body.model_fields_set))), names=NAMES)
    with named_in("tax_ids", NO_TAX):
        service.change_plan(actor(), plan_id, form.values(), version=asked, now=clock.now())
    return told(read(plan_id), "Saved")


@blueprint.post("/<uuid:plan_id>/archive/")
@operation(
    "Archive a plan", role="staff", scope="billing:write", gives=PlanOut, example=PLAN, versioned=read, holds=Plan
)
def archive_plan(plan_id: uuid.UUID) -> Response:
    """It is no longer offered. Whoever has it keeps it, and is billed for it as before."""
    service.archive_plan(actor(), plan_id, now=clock.now())
    return told(read(plan_id), "Archived")


@blueprint.post("/<uuid:plan_id>/restore/")
@operation(
    "Offer a plan again", role="staff", scope="billing:write", gives=PlanOut, example=PLAN, versioned=read, holds=Plan
)
def restore_plan(plan_id: uuid.UUID) -> Response:
    """New subscriptions can have it again, at the price that holds by then."""
    service.restore_plan(actor(), plan_id, now=clock.now())
    return told(read(plan_id), "Offered again")
