"""Verbs on one subscription: each is a POST, and a GET of the same path says what it will do and asks."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Literal

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.billing import queries, service
from app.billing.errors import OtherDue
from app.billing.forms.subscription_verbs import BillForm, CancelForm, PauseForm, ResumeForm, VersionForm
from app.billing.models import Subscription
from app.billing.queries.control import switched_by
from app.billing.rules.charging import period_words
from app.billing.rules.control import off_words
from app.billing.service.billing import PlannedInvoice, bill_client, mark_of, plan_client
from app.billing.service.stopping import cancel_with_credit, pause_with_credit, unused_from
from app.billing.service.subscriptions import state_of, term_end
from app.billing.views import blueprint
from app.billing.views.subscriptions import draw
from app.clients.queries import get_client
from app.errors import Conflict, Invalid
from app.money import Money
from app.web import filters, htmx
from app.web.access import actor, requires
from app.web.fields import refuse

AT = "/subscriptions/<uuid:subscription_id>/"


@blueprint.get(AT + "pause/")
@requires("staff")
def pause_form(subscription_id: uuid.UUID) -> Response:
    """Ask for the days."""
    row = _row(subscription_id)
    given = {"when": "now", "credit": True, "version": row.version}
    return _ask_pause(row, PauseForm(None, data=given))


@blueprint.post(AT + "pause/")
@requires("staff")
def pause(subscription_id: uuid.UUID) -> Response:
    """Pay for some days less."""
    row = _row(subscription_id)
    form = _dated(PauseForm(request.form), row)
    if not form.validate():
        return _ask_pause(row, form, 422)
    try:
        since = form.begins()
        pause_with_credit(
            actor(), row.id, since=since, until=form.until.data,
            reason=form.reason.data, credit=bool(form.credit.data), now=clock.now(),
            version=form.version.data,
        )  # fmt: skip
    except Invalid as error:
        refuse(form, error)
        return _ask_pause(_row(subscription_id), form, 422)
    except Conflict as error:
        return _refused(subscription_id, error)
    return _back(subscription_id, f"Paused from {_day(since)}")


@blueprint.get(AT + "resume/")
@requires("staff")
def resume_form(subscription_id: uuid.UUID) -> Response:
    """Ask for the day."""
    row = _row(subscription_id)
    return _ask_resume(row, ResumeForm(None, data={"on": _today(), "version": row.version}))


@blueprint.post(AT + "resume/")
@requires("staff")
def resume(subscription_id: uuid.UUID) -> Response:
    """Take it up again."""
    row, form = _row(subscription_id), ResumeForm(request.form)
    if not form.validate():
        return _ask_resume(row, form, 422)
    try:
        service.resume(actor(), row.id, on=form.on.data, now=clock.now(), version=form.version.data)
    except Invalid as error:
        refuse(form, error)
        return _ask_resume(_row(subscription_id), form, 422)
    except Conflict as error:
        return _refused(subscription_id, error)
    return _back(subscription_id, f"It goes on from {_day(form.on.data)}")


@blueprint.get(AT + "cancel/")
@requires("staff")
def cancel_form(subscription_id: uuid.UUID) -> Response:
    """Ask when it ends."""
    row = _row(subscription_id)
    return _ask_cancel(row, CancelForm(None, data={"when": "term", "credit": True, "version": row.version}))


@blueprint.post(AT + "cancel/")
@requires("staff")
def cancel(subscription_id: uuid.UUID) -> Response:
    """End it."""
    row = _row(subscription_id)
    form = _offered(CancelForm(request.form), row)
    if not form.validate():
        return _ask_cancel(row, form, 422)
    try:
        ends_on = form.ends_on()
        cancel_with_credit(
            actor(), row.id, ends_on=ends_on, reason=form.reason.data, credit=bool(form.credit.data), now=clock.now(),
            version=form.version.data,
        )  # fmt: skip
    except Invalid as error:
        # The service names the first day without it; people are asked for the last day.
        refuse(form, Invalid({"last_day": [said for sayings in error.errors.values() for said in sayings]}))
        return _ask_cancel(_row(subscription_id), form, 422)
    except Conflict as error:
        return _refused(subscription_id, error)
    return _back(subscription_id, f"Cancelled, the last day is {_day(ends_on - timedelta(days=1))}")


@blueprint.get(AT + "keep/")
@requires("staff")
def keep_form(subscription_id: uuid.UUID) -> Response:
    """Say what calling it off does."""
    row = _row(subscription_id)
    sentences = ["It goes on and is billed as before, as if it had never been cancelled."]
    form = VersionForm(None, data={"version": row.version})
    return _ask(row, "Keep this subscription?", "Keep it", "billing.keep", sentences, form, no="Leave it cancelled")


@blueprint.post(AT + "keep/")
@requires("staff")
def keep(subscription_id: uuid.UUID) -> Response:
    """Call the cancelling off."""
    row, form = _row(subscription_id), VersionForm(request.form)
    try:
        service.keep(actor(), row.id, now=clock.now(), version=form.version.data)
    except Conflict as error:
        return _refused(subscription_id, error)
    return _back(subscription_id, "It goes on")


@blueprint.get(AT + "bill/")
@requires("staff")
def bill_form(subscription_id: uuid.UUID) -> Response:
    """Say which invoices would be made."""
    return _bill_form(subscription_id, BillForm(None, data={"send": True}))


def _bill_form(subscription_id: uuid.UUID, form: BillForm, why: str = "") -> Response:
    """The question with what is due now; `why` says that something else was before."""
    row = _row(subscription_id)
    try:
        planned = plan_client(row.business_id, row.client_id, _today())
    except Invalid as error:
        return _refused(subscription_id, error)
    if not planned:
        return draw(subscription_id, 409, "Nothing of this client is due today, so there is nothing to bill.")
    form.seen.data = mark_of(planned)
    return _ask_bill(row, form, planned, why)


@blueprint.post(AT + "bill/")
@requires("staff")
def bill(subscription_id: uuid.UUID) -> Response:
    """Bill what was shown; when something else is due by now, that is shown first."""
    row, form = _row(subscription_id), BillForm(request.form)
    client_id = row.client_id
    send, seen = bool(form.send.data), form.seen.data or ""
    try:
        made = bill_client(actor(), client_id, _today(), send=send, now=clock.now(), seen=seen)
    except OtherDue as error:
        return _bill_form(subscription_id, form, str(error))
    except (Invalid, Conflict) as error:
        return _refused(subscription_id, error)
    figures = [(one.number or "", Money(one.total_minor, one.currency)) for one in made]
    said = ", ".join(f"{number} over {filters.money(total)}" for number, total in figures)
    return _back(subscription_id, f"{said} issued" if made else "Nothing was due, so nothing was billed")


def _row(subscription_id: uuid.UUID) -> Subscription:
    return queries.get_subscription(current_user.business_id, subscription_id)


def _ask_pause(row: Subscription, form: PauseForm, status: int = 200) -> Response:
    sentences = [
        "Days of a pause are not paid for, and no invoice is made for them.",
        _unused(row),
        *_off(row, "pause"),
        "Without a day on which it goes on, it stays paused until somebody takes it up again.",
    ]
    return _ask(row, "Pause this subscription?", "Pause", "billing.pause", sentences, _dated(form, row), status)


def _ask_resume(row: Subscription, form: ResumeForm, status: int = 200) -> Response:
    sentences = ["It is paid for again from this day on; a pause that has not begun by then is called off."]
    return _ask(row, "Take it up again?", "Take it up", "billing.resume", sentences, form, status)


def _ask_cancel(row: Subscription, form: CancelForm, status: int = 200) -> Response:
    sentences = ["Nothing is billed for the days after its last one.", _unused(row), *_off(row, "cancel")]
    if row.suspended_at is not None and not queries.policy_of(row.business_id).bill_suspended:
        sentences.append("It is suspended: days without service that were billed are credited when it ends.")
    title = "Cancel this subscription?"
    return _ask(row, title, "Cancel the subscription", "billing.cancel", sentences, _offered(form, row), status, True)


def _off(row: Subscription, by: Literal["pause", "cancel"]) -> list[str]:
    """That the network is switched, and when."""
    router = switched_by(row.business_id, row.id)
    return off_words(router, by, state_of(row, _today())) if router else []


def _unused(row: Subscription) -> str:
    """What would come back from today on."""
    try:
        back = unused_from(row.business_id, row.id, _today())
    except Conflict as error:
        return str(error)
    if not back:
        return "Nothing is billed for days from today on, so there is nothing to credit."
    total = filters.money(Money.total(sum(one.minor for one in back), row.currency))
    numbers = ", ".join(dict.fromkeys(one.paid.number for one in back))
    return (
        f"Days from today on are billed already on {numbers}. What is not used is credited by the day, if you want "
        f"that: from today on {total}, less for a later day. What the credit is more than they owe there stays theirs."
    )


def _ask_bill(row: Subscription, form: BillForm, planned: list[PlannedInvoice], why: str) -> Response:
    name = get_client(row.business_id, row.client_id).name
    sentences = [why] if why else []
    sentences.append(f"Everything of {name} that is due by today is billed, each invoice dated by its own day:")
    for one in planned:
        parts = ", ".join(f"{due.agreement.row.name} ({period_words(due.billed.period)})" for due in one.parts)
        sentences.append(f"{filters.money(one.total)} on {_day(one.bundle.bill_on)}: {parts}.")
    title = "Issue 1 invoice now?" if len(planned) == 1 else f"Issue {len(planned)} invoices now?"
    return _ask(row, title, "Bill now", "billing.bill", sentences, form, 409 if why else 200)


def _dated(form: PauseForm, row: Subscription) -> PauseForm:
    today = _today()
    ends = term_end(row, today)
    return form.offer(today, ends, _day(ends))


def _offered(form: CancelForm, row: Subscription) -> CancelForm:
    today = _today()
    ends = term_end(row, today)
    return form.offer(today, ends, _day(ends - timedelta(days=1)))


def _ask(
    row: Subscription,
    title: str,
    verb: str,
    endpoint: str,
    sentences: list[str],
    form: FlaskForm,
    status: int = 200,
    danger: bool = False,
    no: str = "Not now",
) -> Response:
    context = {"title": title, "verb": verb, "sentences": sentences, "form": form, "danger": danger, "keep": no}
    action = url_for(endpoint, subscription_id=row.id)
    back = url_for("billing.show_subscription", subscription_id=row.id)
    return make_response(render_template("shared/confirm.html", action=action, back=back, **context), status)


def _back(subscription_id: uuid.UUID, toast: str) -> Response:
    return htmx.redirect_to(url_for("billing.show_subscription", subscription_id=subscription_id), toast)


def _refused(subscription_id: uuid.UUID, error: Invalid | Conflict) -> Response:
    """The page again, with why not on top."""
    return draw(subscription_id, error.status, _said(error))


def _said(error: Invalid | Conflict) -> str:
    if isinstance(error, Invalid) and error.errors:
        return " ".join(said for sayings in error.errors.values() for said in sayings)
    return str(error)


def _today() -> date:
    return clock.today(current_user.timezone)


def _day(day: date) -> str:
    return filters.day_words(day, current_user.locale)
