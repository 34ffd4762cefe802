"""What staff decide on an invoice: leave a reminder out, postpone it, send it now, hold them all."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.errors import Conflict, Invalid, NotFound
from app.invoices.queries import get_invoice
from app.reminders import queries, service
from app.reminders.errors import StepIsOver
from app.reminders.forms import HoldForm, PostponeForm
from app.reminders.rules import Planned, days_words
from app.reminders.views import blueprint
from app.reminders.views.saying import postponing, said_on, sending
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse

AT = "/invoices/<uuid:invoice_id>/reminders/"


@blueprint.get(AT + "<uuid:step_id>/skip/")
@requires("staff")
def skip_form(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Say what leaving it out means, and ask."""
    _, step = _step(invoice_id, step_id)
    what, done = ("step", "done") if step.rung.is_act else ("reminder", "sent")
    sentences = [f"The {what} {days_words(step.rung.days)} is not {done} for this invoice. The others stay."]
    return _ask(invoice_id, step_id, "skip", f"Leave this {what} out?", sentences, "Leave it out")


@blueprint.post(AT + "<uuid:step_id>/skip/")
@requires("staff")
def skip(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Leave it out."""
    service.skip(actor(), invoice_id, step_id, now=clock.now())
    return _back(invoice_id, "That reminder is left out")


@blueprint.get(AT + "<uuid:step_id>/send-now/")
@requires("staff")
def send_now_form(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Say what sending it now means, and ask."""
    seen, step = _step(invoice_id, step_id)
    sentences = sending(seen, step)
    return _ask(invoice_id, step_id, "send_now", "Send this reminder now?", sentences, "Send now")


@blueprint.post(AT + "<uuid:step_id>/send-now/")
@requires("staff")
def send_now(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Send it."""
    try:
        service.send_now(actor(), invoice_id, step_id, now=clock.now())
    except (Conflict, Invalid) as error:
        sentence = " ".join(said for sayings in getattr(error, "errors", {}).values() for said in sayings)
        return htmx.redirect_to(url_for("invoices.show", invoice_id=invoice_id), sentence or str(error), "bad")
    return _back(invoice_id, "The reminder is on its way")


@blueprint.get(AT + "<uuid:step_id>/postpone/")
@requires("staff")
def postpone_form(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the new day."""
    seen, step = _step(invoice_id, step_id)
    return _ask_day(seen, step, PostponeForm(formdata=None, data={"until": step.on}))


@blueprint.post(AT + "<uuid:step_id>/postpone/")
@requires("staff")
def postpone(invoice_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Let it wait."""
    form = PostponeForm()
    seen, step = _step(invoice_id, step_id)
    if form.validate():
        try:
            service.postpone(actor(), invoice_id, step_id, form.until.data, now=clock.now())
            told = "It waits" if step.rung.is_act else f"It goes out on {said_on(seen, step, form.until.data)}"
            return _back(invoice_id, told)
        except Invalid as error:
            refuse(form, error)
    return _ask_day(seen, step, form), 422


@blueprint.get(AT + "hold/")
@requires("staff")
def hold_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Ask until when and why."""
    get_invoice(current_user.business_id, invoice_id)
    return _ask_hold(invoice_id, HoldForm(formdata=None))


@blueprint.post(AT + "hold/")
@requires("staff")
def hold(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Hold the reminders of this invoice up."""
    get_invoice(current_user.business_id, invoice_id)
    form = HoldForm()
    if form.validate():
        try:
            service.hold(actor(), form.until.data, form.reason.data, now=clock.now(), invoice_id=invoice_id)
            return _back(invoice_id, "Reminders wait")
        except Invalid as error:
            refuse(form, error)
    return _ask_hold(invoice_id, form), 422


@blueprint.post(AT + "hold/<uuid:hold_id>/end/")
@requires("staff")
def end_hold(invoice_id: uuid.UUID, hold_id: uuid.UUID) -> ResponseReturnValue:
    """Let them go."""
    get_invoice(current_user.business_id, invoice_id)
    service.let_go(actor(), hold_id, now=clock.now(), invoice_id=invoice_id)
    return _back(invoice_id, "Reminders go out again")


def _step(invoice_id: uuid.UUID, step_id: uuid.UUID) -> tuple[queries.Outlook, Planned]:
    get_invoice(current_user.business_id, invoice_id)
    if queries.ladder_step(current_user.business_id, step_id) is None:
        raise NotFound
    seen = queries.outlook(current_user.business_id, invoice_id, clock.now())
    found = next((step for step in seen.steps if step.rung.id == step_id and step.is_open), None) if seen else None
    if seen is None or found is None:
        raise StepIsOver
    return seen, found


def _ask(
    invoice_id: uuid.UUID, step_id: uuid.UUID, verb: str, title: str, sentences: list[str], button: str
) -> ResponseReturnValue:
    return _confirm(
        invoice_id, title, button, url_for(f"reminders.{verb}", invoice_id=invoice_id, step_id=step_id), sentences
    )


def _ask_day(seen: queries.Outlook, step: Planned, form: FlaskForm) -> str:
    action = url_for("reminders.postpone", invoice_id=seen.invoice_id, step_id=step.rung.id)
    if step.rung.is_act:
        sentences = ["It is not done before that day, and only if all that it depends on holds then."]
        return _confirm(seen.invoice_id, "Postpone this step", "Postpone", action, sentences, form)
    return _confirm(seen.invoice_id, "Postpone this reminder", "Postpone", action, postponing(seen, step), form)


def _ask_hold(invoice_id: uuid.UUID, form: FlaskForm) -> str:
    action = url_for("reminders.hold", invoice_id=invoice_id)
    sentences = [
        "No reminder goes out for this invoice until that day is over. Late fees wait as well, and the services on it "
        "stay as they are.",
        "Then the ladder goes on.",
    ]
    return _confirm(invoice_id, "Hold reminders", "Hold", action, sentences, form)


def _confirm(
    invoice_id: uuid.UUID, title: str, verb: str, action: str, sentences: list[str], form: FlaskForm | None = None
) -> str:
    context: dict[str, Any] = {"title": title, "verb": verb, "action": action, "sentences": sentences, "form": form}
    context["free"] = ["reason"]
    back = url_for("invoices.show", invoice_id=invoice_id)
    return render_template("shared/confirm.html", back=back, danger=False, keep="Not now", **context)


def _back(invoice_id: uuid.UUID, toast: str) -> ResponseReturnValue:
    return htmx.redirect_to(url_for("invoices.show", invoice_id=invoice_id), toast)
