"""Making and changing a plan, with what its settings mean for a customer who begins today."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.errors import StalePlan
from app.billing.forms import NewPlanForm, PlanForm, stored_plan
from app.billing.models import Plan
from app.billing.rules.example import example
from app.billing.views import blueprint
from app.billing.views.plans import bills
from app.catalog.queries import live_taxes
from app.database import new_id
from app.errors import Invalid
from app.web import htmx, stale
from app.web.access import actor, requires
from app.web.fields import refuse


@blueprint.get("/plans/new/")
@requires("staff")
def new_plan() -> Response:
    taxes = [str(tax.id) for tax in live_taxes(current_user.business_id) if tax.is_default]
    given = {"plan_id": new_id(), "currency": current_user.currency, "tax_ids": taxes}
    return _form("billing/plans/new.html", NewPlanForm(None, data=given))


@blueprint.post("/plans/new/")
@requires("staff")
def create_plan() -> Response:
    form, today = NewPlanForm(request.form), clock.today(current_user.timezone)
    if not form.validate():
        return _form("billing/plans/new.html", form, status=422)
    try:
        values, price = form.values(), form.first_price()
        plan = service.create_plan(actor(), values, price, today=today, now=clock.now(), plan_id=form.plan_id.data)
    except Invalid as error:
        refuse(form, error)
        return _form("billing/plans/new.html", form, status=422)
    return htmx.redirect_to(url_for("billing.show_plan", plan_id=plan.id), f"{plan.name} is offered")


@blueprint.get("/plans/<uuid:plan_id>/edit/")
@requires("staff")
def edit_plan(plan_id: uuid.UUID) -> Response:
    plan, form = _filled(plan_id)
    return _form("billing/plans/edit.html", form, plan=plan)


@blueprint.post("/plans/<uuid:plan_id>/edit/")
@requires("staff")
def change_plan(plan_id: uuid.UUID) -> Response:
    plan = queries.get_plan(current_user.business_id, plan_id)
    form = PlanForm(request.form)
    if not form.validate():
        return _form("billing/plans/edit.html", form, plan=plan, status=422)
    try:
        plan = service.change_plan(actor(), plan_id, form.values(), version=form.version.data, now=clock.now())
    except StalePlan as error:
        plan, current = _filled(plan_id)
        found = stale.differences(form.offer(live_taxes(current_user.business_id)), current)
        return _form("billing/plans/edit.html", form, plan=plan, status=409, differences=found, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _form("billing/plans/edit.html", form, plan=plan, status=422)
    return htmx.redirect_to(url_for("billing.show_plan", plan_id=plan_id), f"{plan.name} is saved")


@blueprint.post("/plans/example/")
@requires("staff")
def new_plan_example() -> Response:
    """`billing/plans/_example.html`: what the settings mean as they are typed. Nothing is kept."""
    form = NewPlanForm(request.form)
    form.validate()
    return make_response(render_template("billing/plans/_example.html", **_told(form)))


@blueprint.post("/plans/<uuid:plan_id>/example/")
@requires("staff")
def plan_example(plan_id: uuid.UUID) -> Response:
    """The same for a plan that exists, at its price."""
    plan, form = queries.get_plan(current_user.business_id, plan_id), PlanForm(request.form)
    form.validate()
    return make_response(render_template("billing/plans/_example.html", **_told(form, plan)))


def _filled(plan_id: uuid.UUID) -> tuple[Plan, PlanForm]:
    """A plan as it stands now, and its form."""
    business = current_user.business_id
    plan = queries.get_plan(business, plan_id)
    form = PlanForm(None, data=stored_plan(plan, queries.plan_taxes(business, [plan.id])[plan.id]))
    return plan, form.offer(live_taxes(business))


def _form(page: str, form: PlanForm, status: int = 200, plan: Plan | None = None, **context: object) -> Response:
    taxes = live_taxes(current_user.business_id)
    form.offer(taxes)
    context |= _told(form, plan)
    return htmx.page_or_fragment(page, "billing/plans/_form.html", status, form=form, plan=plan, taxes=taxes, **context)


def _told(form: PlanForm, plan: Plan | None = None) -> dict[str, object]:
    """What `_example.html` wants: the first bills of a customer who begins today, as far as they can be told."""
    today = clock.today(current_user.timezone)
    told: dict[str, object] = {"today": today, "values": None, "rows": [], "setup": None}
    try:
        values = form.values_to_show()
        if values is not None and plan is not None:
            told |= bills(values, queries.prices_of(plan.business_id, [plan.id])[plan.id], today)
        elif values is not None and isinstance(form, NewPlanForm):
            price, setup = form.price.data or None, form.setup_price.data or None
            told |= {"rows": example(values, today, lambda _day: price), "setup": setup}
    except Invalid:
        return told
    return told | {"values": values}
