"""The ladder of the business, when it goes out, and days off."""

from __future__ import annotations

import uuid
from typing import Any

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.errors import Stale
from app.auth.queries import get_business
from app.auth.service.business import change_settings
from app.errors import Invalid
from app.messages.rules import CHANNELS
from app.reminders import queries, service
from app.reminders.forms import HolidayForm, RemindersForm, StepForm
from app.reminders.rules import WORDINGS, days_words
from app.reminders.views import blueprint
from app.web import htmx
from app.web.access import actor, may, requires
from app.web.fields import refuse

HERE = "/settings/reminders/"


@blueprint.get(HERE)
@requires("viewer")
def settings() -> ResponseReturnValue:
    """The ladder, its days and hours."""
    return _page()


@blueprint.post(HERE)
@requires("admin")
def change() -> ResponseReturnValue:
    """Save whether and when reminders go out; a first ladder is put up when they are switched on."""
    form = RemindersForm()
    if not form.validate():
        return _page(422, form=form)
    try:
        change_settings(actor(), form.values(), form.version.data, clock.now())
    except Stale as error:
        fresh = RemindersForm.of(error.current)
        return _page(409, form=fresh, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _page(422, form=form)
    if form.reminders.data:
        service.begin_ladder(actor(), now=clock.now())
    return htmx.redirect_to(HERE, "Saved.")


@blueprint.post(HERE + "steps/")
@requires("admin")
def add_step() -> ResponseReturnValue:
    """Put one more step on the ladder."""
    form = StepForm()
    if not form.validate():
        return _page(422, step=form)
    try:
        service.add_step(actor(), form.offset, form.channel.data, form.wording.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(422, step=form)
    return htmx.redirect_to(HERE, "The step is on the ladder.")


@blueprint.post(HERE + "steps/<uuid:step_id>/end/")
@requires("admin")
def end_step(step_id: uuid.UUID) -> ResponseReturnValue:
    """Take a step off the ladder."""
    service.end_step(actor(), step_id, now=clock.now())
    return htmx.redirect_to(HERE, "The step is off the ladder.")


@blueprint.post(HERE + "holidays/")
@requires("admin")
def add_holiday() -> ResponseReturnValue:
    """Add a day off."""
    form = HolidayForm()
    if not form.validate():
        return _page(422, holiday=form)
    try:
        service.add_holiday(actor(), form.on_day.data, form.name.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(422, holiday=form)
    return htmx.redirect_to(HERE, "No reminder goes out on that day.")


@blueprint.post(HERE + "holidays/<uuid:holiday_id>/remove/")
@requires("admin")
def remove_holiday(holiday_id: uuid.UUID) -> ResponseReturnValue:
    """Make it an ordinary day again."""
    service.remove_holiday(actor(), holiday_id, now=clock.now())
    return htmx.redirect_to(HERE, "It is an ordinary day again.")


def _page(status: int = 200, **forms: Any) -> ResponseReturnValue:
    business = get_business(current_user.business_id)
    today = clock.today(business.timezone)
    context: dict[str, Any] = {
        "form": RemindersForm.of(business),
        "step": StepForm(formdata=None),
        "holiday": HolidayForm(formdata=None),
        "sentence": "",
    }
    context |= forms
    context |= {
        "rungs": queries.rungs(business.id),
        "own": queries.clients_with_ladders(business.id),
        "holidays": queries.holidays(business.id, today),
        "wordings": WORDINGS,
        "channels": CHANNELS,
        "days_words": days_words,
        "edits": may("admin"),
        "action": url_for("reminders.change"),
    }
    return make_response(render_template("reminders/settings.html", **context), status)
