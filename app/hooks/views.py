"""Settings, Webhooks: where others are told what happens, and how telling them went."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.errors import Invalid
from app.hooks import queries, service
from app.hooks.errors import StaleEndpoint
from app.hooks.forms import EndpointForm
from app.hooks.models import Endpoint
from app.hooks.rules import EVENTS
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse

blueprint = Blueprint("hooks", __name__, url_prefix="/settings/webhooks")


@blueprint.get("/")
@requires("viewer")
def index() -> Response:
    """The addresses that are told, and how they are."""
    rows = queries.endpoints(current_user.business_id)
    return make_response(render_template("hooks/index.html", endpoints=rows, edits=_edits()))


@blueprint.get("/new/")
@requires("admin")
def new() -> Response:
    """An empty form."""
    return _form(EndpointForm(None))


@blueprint.post("/new/")
@requires("admin")
def create() -> Response:
    """Add it, and show its secret this once."""
    form = EndpointForm(request.form)
    if not form.validate():
        return _form(form, 422)
    try:
        row, secret = service.add_endpoint(actor(), form.values(), clock.now())
    except Invalid as error:
        refuse(form, error)
        return _form(form, 422)
    return _secret(row, secret, "The webhook is there")


@blueprint.get("/<uuid:endpoint_id>/")
@requires("viewer")
def show(endpoint_id: uuid.UUID) -> Response:
    """One of them, and what it was told."""
    return _show(queries.get_endpoint(current_user.business_id, endpoint_id))


@blueprint.get("/<uuid:endpoint_id>/edit/")
@requires("admin")
def edit(endpoint_id: uuid.UUID) -> Response:
    """Its form."""
    row = queries.get_endpoint(current_user.business_id, endpoint_id)
    return _form(EndpointForm(None, obj=row), row=row)


@blueprint.post("/<uuid:endpoint_id>/edit/")
@requires("admin")
def change(endpoint_id: uuid.UUID) -> Response:
    """Save it."""
    row = queries.get_endpoint(current_user.business_id, endpoint_id)
    form = EndpointForm(request.form)
    if not form.validate():
        return _form(form, 422, row)
    try:
        service.change_endpoint(actor(), endpoint_id, form.values(), form.version.data, clock.now())
    except Invalid as error:
        refuse(form, error)
        return _form(form, 422, row)
    except StaleEndpoint as error:
        row = queries.get_endpoint(current_user.business_id, endpoint_id)
        form.version.data, form.version.raw_data = row.version, None
        form.form_errors.append(str(error))
        return _form(form, 409, row)
    return htmx.redirect_to(url_for("hooks.show", endpoint_id=endpoint_id), "Saved")


@blueprint.get("/<uuid:endpoint_id>/<any(pause, remove, rotate):verb>/")
@requires("admin")
def confirm(endpoint_id: uuid.UUID, verb: str) -> str:
    """Ask first."""
    row = queries.get_endpoint(current_user.business_id, endpoint_id)
    if verb == "rotate":
        service.require_replaced(row, clock.now())
    sentences, word = _QUESTIONS[verb]
    return render_template(
        "shared/confirm.html",
        title=f"{word}?",
        sentences=[row.url, *sentences],
        action=url_for("hooks.act", endpoint_id=row.id, verb=verb),
        verb=word,
        back=url_for("hooks.show", endpoint_id=row.id),
        danger=verb == "remove",
    )


@blueprint.post("/<uuid:endpoint_id>/<any(pause, resume, remove, rotate, ping):verb>/")
@requires("admin")
def act(endpoint_id: uuid.UUID, verb: str) -> Response:
    """Do it."""
    now, there = clock.now(), url_for("hooks.show", endpoint_id=endpoint_id)
    if verb == "rotate":
        secret = service.rotate_secret(actor(), endpoint_id, now)
        return _secret(queries.get_endpoint(current_user.business_id, endpoint_id), secret, "The secret is replaced")
    if verb == "remove":
        service.remove_endpoint(actor(), endpoint_id, now)
        return htmx.redirect_to(url_for("hooks.index"), "The webhook is removed")
    if verb == "ping":
        service.try_endpoint(actor(), endpoint_id, now)
        return htmx.redirect_to(there, "A test is on its way")
    if verb == "pause":
        service.pause_endpoint(actor(), endpoint_id, now)
        return htmx.redirect_to(there, "Paused")
    service.resume_endpoint(actor(), endpoint_id, now)
    return htmx.redirect_to(there, "It goes on")


@blueprint.post("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/send-again/")
@requires("admin")
def send_again(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Response:
    """Tell the same once more."""
    service.send_again(actor(), endpoint_id, delivery_id, clock.now())
    return htmx.redirect_to(url_for("hooks.show", endpoint_id=endpoint_id), "It is on its way again")


_QUESTIONS = {
    "pause": (["It is told nothing until you let it go on. What happens meanwhile is not told later."], "Pause"),
    "remove": (["It is told nothing any more, and its secret is forgotten."], "Remove"),
    "rotate": (
        ["You get a new secret. For a day everything is signed with both; until then it cannot be replaced again."],
        "Replace the secret",
    ),
}


def _show(row: Endpoint) -> Response:
    page = queries.deliveries(current_user.business_id, row.id, request.args.get("cursor"))
    replacing = service.good_until(row, clock.now())
    context = {"row": row, "page": page, "events": EVENTS, "edits": _edits(), "replacing": replacing}
    return htmx.page_or_fragment("hooks/show.html", "hooks/_deliveries.html", **context)


def _secret(row: Endpoint, secret: str, sentence: str) -> Response:
    """The secret stands in the answer to the form and nowhere else."""
    return make_response(render_template("hooks/secret.html", row=row, secret=secret, sentence=sentence))


def _form(form: EndpointForm, status: int = 200, row: Endpoint | None = None) -> Response:
    return htmx.page_or_fragment("hooks/form.html", "hooks/_form.html", status, form=form, row=row)


def _edits() -> bool:
    return at_least(current_user.role, "admin")
