"""What staff decide on a client: channels and consent, a hold, a ladder of their own, reminders again."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.clients.queries import get_card
from app.clients.service import set_channels
from app.errors import Invalid
from app.messages.rules import CHANNELS, KINDS
from app.messages.service import trust_address
from app.reminders import queries, service
from app.reminders.forms import ChannelsForm, HoldForm, StepForm
from app.reminders.rules import WORDINGS
from app.reminders.service.stopping import allow_reminders
from app.reminders.views import blueprint
from app.web import htmx
from app.web.access import actor, may, requires
from app.web.fields import refuse

AT = "/clients/<uuid:client_id>/reminders/"


@blueprint.get(AT)
@requires("viewer")
def client(client_id: uuid.UUID) -> ResponseReturnValue:
    """How this client is written to, and what reminders they will get."""
    return _page(client_id)


@blueprint.post(AT + "channels/")
@requires("staff")
def set_client_channels(client_id: uuid.UUID) -> ResponseReturnValue:
    """Save the order of channels and what the client agreed to."""
    form = ChannelsForm()
    if not form.validate():
        return _page(client_id, 422, form=form)
    set_channels(actor(), client_id, form.order, form.consents, now=clock.now())
    return _back(client_id, "Saved.")


@blueprint.post(AT + "hold/")
@requires("staff")
def hold_client(client_id: uuid.UUID) -> ResponseReturnValue:
    """Hold all reminders of this client up."""
    form = HoldForm()
    if form.validate():
        try:
            service.hold(actor(), form.until.data, form.reason.data, now=clock.now(), client_id=client_id)
            return _back(client_id, "Reminders wait")
        except Invalid as error:
            refuse(form, error)
    return _page(client_id, 422, hold=form)


@blueprint.post(AT + "hold/<uuid:hold_id>/end/")
@requires("staff")
def end_client_hold(client_id: uuid.UUID, hold_id: uuid.UUID) -> ResponseReturnValue:
    """Let them go."""
    service.let_go(actor(), hold_id, now=clock.now(), client_id=client_id)
    return _back(client_id, "Reminders go out again")


@blueprint.post(AT + "allow/")
@requires("staff")
def allow(client_id: uuid.UUID) -> ResponseReturnValue:
    """Remind them again."""
    allow_reminders(actor(), client_id, now=clock.now())
    return _back(client_id, "This client is reminded again")


@blueprint.post(AT + "ladder/")
@requires("staff")
def own_ladder(client_id: uuid.UUID) -> ResponseReturnValue:
    """Give the client a ladder of their own, a copy of the business's."""
    service.begin_ladder(actor(), now=clock.now(), client_id=client_id)
    return _back(client_id, "This client has a ladder of their own now")


@blueprint.post(AT + "ladder/end/")
@requires("staff")
def usual_ladder(client_id: uuid.UUID) -> ResponseReturnValue:
    """Back to the business's ladder."""
    service.end_ladder(actor(), client_id, now=clock.now())
    return _back(client_id, "This client follows the usual ladder again")


@blueprint.post(AT + "steps/")
@requires("staff")
def add_client_step(client_id: uuid.UUID) -> ResponseReturnValue:
    """Put one more step on the client's ladder."""
    form = StepForm()
    if form.validate():
        step = (form.offset, form.channel.data, form.wording.data)
        try:
            service.add_step(actor(), *step, now=clock.now(), client_id=client_id)
            return _back(client_id, "The step is on the ladder.")
        except Invalid as error:
            refuse(form, error)
    return _page(client_id, 422, step=form)


@blueprint.post(AT + "steps/<uuid:step_id>/end/")
@requires("staff")
def end_client_step(client_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Take a step off the client's ladder."""
    service.end_step(actor(), step_id, now=clock.now(), client_id=client_id)
    return _back(client_id, "The step is off the ladder.")


@blueprint.post(AT + "trust/")
@requires("staff")
def trust(client_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody confirmed that an address of this client works: it is used again."""
    asked = (request.form.get("channel", ""), request.form.get("address", ""))
    if asked not in [
        (one.channel, one.address) for one in queries.closed_of(get_card(current_user.business_id, client_id))
    ]:
        return _back(client_id, "It is in use already")
    trust_address(actor(), client_id, *asked, now=clock.now())
    return _back(client_id, "The address is used again")


def _page(client_id: uuid.UUID, status: int = 200, **forms: Any) -> ResponseReturnValue:
    business, card = get_business(current_user.business_id), get_card(current_user.business_id, client_id)
    today, now = clock.today(business.timezone), clock.now()
    context: dict[str, Any] = {
        "form": ChannelsForm.of(card.client, card.phone),
        "hold": HoldForm(formdata=None),
        "step": StepForm(formdata=None),
    }
    context |= forms
    context |= {
        "client": card.client,
        "phone": card.phone,
        "emails": card.recipients,
        "closed": queries.closed_of(card),
        "business": business,
        "own": queries.rungs(business.id, client_id),
        "usual": queries.rungs(business.id),
        "holds": queries.standing_holds(business.id, today, client_id=client_id),
        "outlooks": queries.outlooks_of_client(business.id, client_id, now),
        "channels": CHANNELS,
        "wordings": WORDINGS,
        "kinds": KINDS,
        "may_act": may("staff"),
        "promised": _promised(business.id, client_id, today),
    }
    return make_response(render_template("reminders/client.html", **context), status)


def _promised(business_id: uuid.UUID, client_id: uuid.UUID, today: date) -> Any:
    """How many promises to pay were kept and broken, as the room above tells."""
    provider = current_app.extensions.get("duely_promises_of")
    return provider(business_id, client_id, today) if provider else None


def _back(client_id: uuid.UUID, toast: str) -> ResponseReturnValue:
    return htmx.redirect_to(url_for("reminders.client", client_id=client_id), toast)
