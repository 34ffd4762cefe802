"""Services on the network: what routers and billing do not agree on, and what could not be done."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.billing import queries
from app.billing.service import comparing
from app.billing.views import blueprint
from app.errors import NotFound
from app.web import htmx
from app.web.access import actor, requires

AT = "/service/"


@blueprint.get(AT)
@requires("viewer")
def services() -> Response:
    """The routers with their last comparison, the differences, and what is not done."""
    business = current_user.business_id
    routers = queries.list_routers(business)
    only = next((one for one in routers if str(one.id) == request.args.get("router", "")), None)
    context = {
        "routers": routers,
        "only": only,
        "names": {one.id: one.name for one in routers},
        "services": queries.services_on(business),
        "page": queries.list_differences(business, only.id if only else None, request.args.get("cursor")),
        "mending": any(one.compared.endswith(comparing.MENDING) for one in ([only] if only else routers)),
        "failing": queries.failing_actions(business),
    }
    return make_response(render_template("billing/service/index.html", **context))


@blueprint.post(AT + "<uuid:router_id>/compare/")
@requires("staff")
def compare(router_id: uuid.UUID) -> Response:
    """Compare a router now."""
    comparing.compare_now(actor(), router_id)
    return htmx.redirect_to(url_for("billing.services"), "It is being compared. Look again in a moment.")


@blueprint.post(AT + "differences/<uuid:difference_id>/repair/")
@requires("staff")
def repair(difference_id: uuid.UUID) -> Response:
    """Have the router follow billing for one service."""
    comparing.repair(actor(), difference_id, now=clock.now())
    return htmx.redirect_to(url_for("billing.services"), "The router is told what billing says.")


@blueprint.get(AT + "<uuid:router_id>/repair/")
@requires("staff")
def repair_all_form(router_id: uuid.UUID) -> Response:
    """Say how many services that concerns."""
    row = queries.get_router(current_user.business_id, router_id)
    count = queries.repairable(row.business_id, row.id)
    if not count:
        raise NotFound
    number = "1 service" if count == 1 else f"{count} services"
    sentences = [f"{row.name} is told for {number} what billing says: on, slow or off.",
                 "Users that are missing on it, or unknown here, are left alone."]  # fmt: skip
    action, back = url_for("billing.repair_all", router_id=row.id), url_for("billing.services", router=row.id)
    context = {"title": f"Switch {number} on {row.name}?", "verb": "Repair all", "sentences": sentences}
    return make_response(render_template("shared/confirm.html", action=action, back=back, keep="Not now", **context))


@blueprint.post(AT + "<uuid:router_id>/repair/")
@requires("staff")
def repair_all(router_id: uuid.UUID) -> Response:
    """Have the router follow billing for everybody."""
    count = comparing.repair_all(actor(), router_id, now=clock.now())
    return htmx.redirect_to(
        url_for("billing.services"), f"{count} {'service is' if count == 1 else 'services are'} switched."
    )
