"""Offering a plan no more, and offering it again."""

from __future__ import annotations

import uuid

from flask import Response, render_template, url_for
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.views import blueprint
from app.web import htmx
from app.web.access import actor, requires


@blueprint.get("/plans/<uuid:plan_id>/archive/")
@requires("staff")
def archive_plan_form(plan_id: uuid.UUID) -> str:
    plan = queries.get_plan(current_user.business_id, plan_id)
    return render_template(
        "shared/confirm.html",
        title=f"Archive {plan.name}?",
        sentences=["It is no longer offered. Whoever has it keeps it, and is billed for it as before."],
        action=url_for("billing.archive_plan", plan_id=plan_id),
        verb="Archive",
        back=url_for("billing.show_plan", plan_id=plan_id),
        danger=False,
    )


@blueprint.post("/plans/<uuid:plan_id>/archive/")
@requires("staff")
def archive_plan(plan_id: uuid.UUID) -> Response:
    plan = service.archive_plan(actor(), plan_id, now=clock.now())
    undo = url_for("billing.restore_plan", plan_id=plan_id)
    return htmx.redirect_to(url_for("billing.plans"), f"{plan.name} is archived", undo_url=undo)


@blueprint.get("/plans/<uuid:plan_id>/restore/")
@requires("staff")
def restore_plan_form(plan_id: uuid.UUID) -> str:
    plan = queries.get_plan(current_user.business_id, plan_id)
    return render_template(
        "shared/confirm.html",
        title=f"Offer {plan.name} again?",
        sentences=["New subscriptions can have it again, at the price that holds by then."],
        action=url_for("billing.restore_plan", plan_id=plan_id),
        verb="Offer again",
        keep="Leave it archived",
        back=url_for("billing.show_plan", plan_id=plan_id),
        danger=False,
    )


@blueprint.post("/plans/<uuid:plan_id>/restore/")
@requires("staff")
def restore_plan(plan_id: uuid.UUID) -> Response:
    plan = service.restore_plan(actor(), plan_id, now=clock.now())
    return htmx.redirect_to(url_for("billing.show_plan", plan_id=plan_id), f"{plan.name} is offered again")
