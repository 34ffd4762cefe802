"""Settings, Routers: those that are connected, a new one, what a try said, and putting one away."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.billing import queries
from app.billing.errors import RouterInUse, StaleRouter
from app.billing.forms.control import FORMS, RouterForm, stored_router
from app.billing.models import Router
from app.billing.rules.control import DRIVERS
from app.billing.service import routers as service
from app.errors import Invalid, NotFound
from app.web import htmx, stale
from app.web.access import actor, requires
from app.web.fields import refuse

blueprint = Blueprint("routers", __name__, url_prefix="/settings/routers")
PAUSES = (1, 1, 2, 3, 5, 8)
"""Seconds until a try is looked for again; after the last of them a person does."""


@blueprint.get("/")
@requires("viewer")
def index() -> Response:
    """The routers and how they are."""
    business = current_user.business_id
    context = {
        "routers": queries.list_routers(business),
        "services": queries.services_on(business),
        "drivers": DRIVERS,
        "edits": _edits(),
    }
    return make_response(render_template("billing/routers/index.html", **context))


@blueprint.get("/new/")
@requires("admin")
def new() -> Response:
    """Which kind of router; then what that kind needs."""
    driver = request.args.get("driver", "")
    if driver not in FORMS:
        return make_response(render_template("billing/routers/choose.html", drivers=DRIVERS))
    return _new(FORMS[driver](None), driver)


@blueprint.post("/new/")
@requires("admin")
def connect() -> Response:
    """Connect it."""
    driver = request.args.get("driver", "")
    if driver not in FORMS:
        raise NotFound
    form = FORMS[driver](request.form)
    if not form.validate():
        return _new(form, driver, 422)
    try:
        row = service.connect_router(actor(), form.values(driver), form.secret_typed, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _new(form, driver, 422)
    return htmx.redirect_to(url_for("routers.show", router_id=row.id), f"{row.name} is connected. Try it now.")


@blueprint.get("/<uuid:router_id>/")
@requires("viewer")
def show(router_id: uuid.UUID) -> Response:
    """How a router is."""
    return _show(_row(router_id))


@blueprint.get("/<uuid:router_id>/tried/")
@requires("viewer")
def tried(router_id: uuid.UUID) -> Response:
    """What the last try said, as a part of the page that asks until it is known."""
    row, turn = _row(router_id), request.args.get("turn", 0, type=int)
    if row.tried:
        return htmx.redirect_to(url_for("routers.show", router_id=row.id))
    return make_response(render_template("billing/routers/_tried.html", row=row, pause=_pause(turn), turn=turn))


@blueprint.get("/<uuid:router_id>/edit/")
@requires("admin")
def edit(router_id: uuid.UUID) -> Response:
    """A router to be changed."""
    row = _row(router_id)
    return _edit(FORMS[row.driver](None, data=stored_router(row)), row)


@blueprint.post("/<uuid:router_id>/edit/")
@requires("admin")
def change(router_id: uuid.UUID) -> Response:
    """Save it."""
    row = _row(router_id)
    driver = row.driver
    form = FORMS[driver](request.form)
    if not form.validate():
        return _edit(form, row, 422)
    try:
        service.change_router(
            actor(), router_id, form.values(driver), form.secret_typed, version=form.version.data, now=clock.now()
        )
    except StaleRouter as error:
        row = _row(router_id)
        found = stale.differences(form, FORMS[driver](None, data=stored_router(row)))
        return _edit(form, row, 409, differences=found, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _edit(form, _row(router_id), 422)
    return htmx.redirect_to(url_for("routers.show", router_id=router_id), "Saved")


@blueprint.post("/<uuid:router_id>/try/")
@requires("admin")
def try_it(router_id: uuid.UUID) -> Response:
    """Have the connection tried."""
    service.try_router(actor(), router_id, now=clock.now())
    return htmx.redirect_to(url_for("routers.show", router_id=router_id))


@blueprint.get("/<uuid:router_id>/remove/")
@requires("admin")
def remove_form(router_id: uuid.UUID) -> Response:
    """Say what that does."""
    row = _row(router_id)
    sentences = ["Duely switches and compares nothing on it any more, and forgets its password.",
                 "Nothing changes on the router itself."]  # fmt: skip
    action, back = url_for("routers.remove", router_id=row.id), url_for("routers.show", router_id=row.id)
    context = {"title": f"Remove {row.name}?", "verb": "Remove the router", "sentences": sentences}
    return make_response(render_template("shared/confirm.html", action=action, back=back, **context))


@blueprint.post("/<uuid:router_id>/remove/")
@requires("admin")
def remove(router_id: uuid.UUID) -> Response:
    """Use it no more."""
    try:
        service.put_away_router(actor(), router_id, now=clock.now())
    except RouterInUse as error:
        return _show(_row(router_id), 409, str(error))
    return htmx.redirect_to(url_for("routers.index"), "The router is removed")


def _row(router_id: uuid.UUID) -> Router:
    row = queries.get_router(current_user.business_id, router_id)
    if row.archived_at is not None:
        raise NotFound
    return row


def _show(row: Router, status: int = 200, sentence: str = "") -> Response:
    context = {
        "row": row,
        "driver": DRIVERS[row.driver],
        "services": queries.services_on(row.business_id).get(row.id, 0),
        "sentence": sentence,
        "edits": _edits(),
        "pause": _pause(0),
        "turn": 0,
    }
    return make_response(render_template("billing/routers/show.html", **context), status)


def _new(form: RouterForm, driver: str, status: int = 200) -> Response:
    context = {"form": form, "driver": driver, "kind": DRIVERS[driver]}
    return htmx.page_or_fragment("billing/routers/new.html", "billing/routers/_form.html", status, **context)


def _edit(form: RouterForm, row: Router, status: int = 200, **context: object) -> Response:
    context |= {"form": form, "driver": row.driver, "kind": DRIVERS[row.driver], "row": row}
    return htmx.page_or_fragment("billing/routers/edit.html", "billing/routers/_form.html", status, **context)


def _pause(turn: int) -> int:
    return PAUSES[turn] if 0 <= turn < len(PAUSES) else 0


def _edits() -> bool:
    return at_least(current_user.role, "admin")
