"""The ladder of the business, when it goes out, and days off."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.errors import Stale
from app.auth.queries import get_business
from app.auth.service.business import change_settings
from app.errors import Invalid
from app.messages.rules import CHANNELS
from app.reminders import queries, service
from app.reminders.errors import AlreadyEnded
from app.reminders.forms import HolidayForm, RemindersForm, StepForm
from app.reminders.rules import WORDINGS
from app.reminders.views import blueprint
from app.web import htmx, stale
from app.web.access import actor, may, requires
from app.web.fields import refuse

HERE = "/settings/reminders/"
LADDER, HOLIDAYS = "reminders/_steps.html", "reminders/_holidays.html"
"""The parts of the page that are changed by themselves."""


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
        found = stale.differences(form, RemindersForm.of(error.current))
        return _page(409, form=form, sentence=str(error), differences=found)
    except Invalid as error:
        refuse(form, error)
        return _page(422, form=form)
    if form.reminders.data:
        service.begin_ladder(actor(), now=clock.now())
    late = f" Reminders leave at {form.leaves_at}, when the quiet hours end." if form.leaves_at else ""
    return htmx.redirect_to(HERE, f"Saved.{late}")


@blueprint.post(HERE + "steps/")
@requires("admin")
def add_step() -> ResponseReturnValue:
    """Put one more step on the ladder."""
    form = StepForm()
    if not form.validate():
        return _page(422, LADDER, step=form)
    try:
        service.add_step(actor(), form.offset, form.channel.data, form.wording.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(422, LADDER, step=form)
    return _done("The step is on the ladder.", LADDER)


@blueprint.post(HERE + "steps/<uuid:step_id>/end/")
@requires("admin")
def end_step(step_id: uuid.UUID) -> ResponseReturnValue:
    """Take a step off the ladder."""
    try:
        service.end_step(actor(), step_id, now=clock.now())
    except AlreadyEnded as error:
        return _done(str(error), LADDER)
    return _done("The step is off the ladder.", LADDER)


@blueprint.post(HERE + "holidays/")
@requires("admin")
def add_holiday() -> ResponseReturnValue:
    """Add a day off."""
    form = HolidayForm()
    if not form.validate():
        return _page(422, HOLIDAYS, holiday=form)
    try:
        service.add_holiday(actor(), form.on_day.data, form.name.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(422, HOLIDAYS, holiday=form)
    return _done("No reminder goes out on that day.", HOLIDAYS)


@blueprint.post(HERE + "holidays/<uuid:holiday_id>/remove/")
@requires("admin")
def remove_holiday(holiday_id: uuid.UUID) -> ResponseReturnValue:
    """Make it an ordinary day again."""
    service.remove_holiday(actor(), holiday_id, now=clock.now())
    return _done("It is an ordinary day again.", HOLIDAYS)


def _done(toast: str, part: str) -> ResponseReturnValue:
    """Only that part of the page anew where htmx asked, so that what is typed above it stays."""
    if not htmx.is_fragment():
        return htmx.redirect_to(HERE, toast)
    htmx.toast(toast)
    return _page(part=part)


def _page(status: int = 200, part: str = "reminders/settings.html", **forms: Any) -> ResponseReturnValue:
    business = get_business(current_user.business_id)
    today = clock.today(business.timezone)
    context: dict[str, Any] = {
        "form": RemindersForm.of(business),
        "step": StepForm(formdata=None),
        "holiday": HolidayForm(formdata=None),
        "sentence": "",
        "differences": [],
    }
    context |= forms
    context |= {
        "rungs": queries.rungs(business.id),
        "own": queries.clients_with_ladders(business.id),
        "holidays": queries.holidays(business.id, today),
        "wordings": WORDINGS,
        "channels": CHANNELS,
        "edits": may("admin"),
        "action": url_for("reminders.change"),
    }
    return htmx.page_or_fragment("reminders/settings.html", part, status, **context)
