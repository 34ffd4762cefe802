"""The list of plans, and one of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from flask import Response, render_template, request
from flask_login import current_user

from app import clock
from app.billing import queries
from app.billing.queries import PlanFilters
from app.billing.queries.affected import told_of
from app.billing.rules.example import example, price_of, setup_of
from app.billing.rules.plans import ALWAYS, PlanValues, PriceValues, cycle_words
from app.billing.rules.repricing import Standing, price_money, setup_money, standings
from app.billing.rules.words import STUB_WORDS, begins_words, billed_words, quota_words, speed_words, speeds_words
from app.billing.views import blueprint
from app.folding import searched
from app.web import htmx
from app.web.access import requires

SAY = {
    "cycle": cycle_words,
    "begins": begins_words,
    "billed": billed_words,
    "stub": STUB_WORDS.__getitem__,
    "speed": speed_words,
    "speeds": speeds_words,
    "quota": quota_words,
    "price": price_money,
    "setup": setup_money,
    "upper": lambda text: text[:1].upper() + text[1:],
}
"""How pages say a plan: its cycle, begin, bill, days before the first period, speeds, volume and prices."""


@blueprint.context_processor
def say() -> dict[str, object]:
    return {"say": SAY}


@blueprint.get("/plans/")
@requires("viewer")
def plans() -> Response:
    business = current_user.business_id
    filters = PlanFilters(searched(request.args.get("q", "")), request.args.get("show") == "archived")
    page = queries.list_plans(business, filters, request.args.get("cursor"))
    prices, today = queries.prices_of(business, [plan.id for plan in page.items]), clock.today(current_user.timezone)
    return htmx.page_or_fragment(
        "billing/plans/index.html",
        "billing/plans/_list.html",
        filters=filters,
        page=page,
        standings={plan.id: own_first(standings(prices[plan.id], today)) for plan in page.items},
        counts=queries.counts(business),
    )


@blueprint.get("/plans/<uuid:plan_id>/")
@requires("viewer")
def show_plan(plan_id: uuid.UUID) -> str:
    business, today = current_user.business_id, clock.today(current_user.timezone)
    plan = queries.get_plan(business, plan_id)
    prices = queries.prices_of(business, [plan_id])[plan_id]
    values = queries.plan_values(plan)
    found = own_first(standings(prices, today))
    return render_template(
        "billing/plans/show.html",
        plan=plan,
        values=values,
        standings=found,
        history=sorted(prices, key=lambda one: (one.since, one.currency), reverse=True),
        # Of the only price there is nobody had to be told.
        told=told_of(business, plan_id) if len(prices) > 1 else {},
        taxes=queries.plan_taxes(business, [plan_id])[plan_id],
        today=today,
        always=ALWAYS,
        **bills(values, prices, today),
    )


def own_first(found: Sequence[Standing]) -> list[Standing]:
    """Those in the business's own currency before the others."""
    return sorted(found, key=lambda one: one.currency != current_user.currency)


def bills(values: PlanValues, prices: Sequence[PriceValues], today: date) -> dict[str, object]:
    """What `_bills.html` tells: `rows` and `setup` of who begins today, in the currency that comes first."""
    currency = next((one.currency for one in own_first(standings(prices, today))), current_user.currency)
    rows = example(values, today, price_of(prices, currency, today))
    return {"rows": rows, "setup": setup_of(prices, currency, today)}
