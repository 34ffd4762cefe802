"""Switching the service of a subscription, and the record of where it is known."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.auth.rules import at_least
from app.billing import queries, service
from app.billing.errors import StaleRecord
from app.billing.forms.control import RecordForm, RestoreForm, RestrictForm, stored_record
from app.billing.forms.subscription_verbs import VersionForm
from app.billing.models import ServiceAction, Subscription
from app.billing.service.records import remove_record, save_record, switch_again
from app.billing.service.unserved import coming_back
from app.billing.views import blueprint
from app.billing.views.subscriptions import draw
from app.clients.queries import get_client
from app.errors import Conflict, Invalid, NotFound
from app.web import filters, htmx, stale
from app.web.access import actor, requires
from app.web.fields import refuse

AT = "/subscriptions/<uuid:subscription_id>/"
BY_JOB = "The network is told within seconds; the page shows what it answered."


@dataclass(frozen=True, slots=True)
class Restriction:
    """Something that is asked for with a reason: what is said before and after, and what does it."""

    verb: str
    said: str
    do: Callable[..., ServiceAction]
    endpoint: str
    sentences: tuple[str, ...]
    danger: bool = False


SUSPEND = Restriction(
    "Suspend", "Suspended", service.suspend, "billing.suspend",
    ("The service goes off and its sessions end. " + BY_JOB, "The subscription itself goes on."), danger=True,
)  # fmt: skip
THROTTLE = Restriction(
    "Throttle", "Throttled", service.throttle, "billing.throttle", ("The service gets slow but stays on. " + BY_JOB,)
)


@blueprint.get(AT + "suspend/")
@requires("staff")
def suspend_form(subscription_id: uuid.UUID) -> Response:
    """Ask why."""
    return _ask_restrict(subscription_id, SUSPEND)


@blueprint.post(AT + "suspend/")
@requires("staff")
def suspend(subscription_id: uuid.UUID) -> Response:
    """Suspend it."""
    return _restrict(subscription_id, SUSPEND)


@blueprint.get(AT + "throttle/")
@requires("staff")
def throttle_form(subscription_id: uuid.UUID) -> Response:
    """Ask why."""
    return _ask_restrict(subscription_id, THROTTLE)


@blueprint.post(AT + "throttle/")
@requires("staff")
def throttle(subscription_id: uuid.UUID) -> Response:
    """Throttle it."""
    return _restrict(subscription_id, THROTTLE)


@blueprint.get(AT + "restore/")
@requires("staff")
def restore_form(subscription_id: uuid.UUID) -> Response:
    """Say what that does."""
    row = _row(subscription_id)
    return _ask_restore(row, RestoreForm(None, data={"version": row.version}))


@blueprint.post(AT + "restore/")
@requires("staff")
def restore(subscription_id: uuid.UUID) -> Response:
    """Restore it."""
    row, form = _row(subscription_id), RestoreForm(request.form)
    if not form.validate():
        return _ask_restore(row, form, 422)
    try:
        service.restore(actor(), row.id, reason=form.reason.data, now=clock.now(), version=form.version.data)
    except Conflict as error:
        return draw(subscription_id, error.status, str(error))
    return _back(subscription_id, "Restored")


@blueprint.get(AT + "switch-again/")
@requires("staff")
def switch_again_form(subscription_id: uuid.UUID) -> Response:
    """Say what that does."""
    row = _row(subscription_id)
    sentences = ["The network is told once more how this service should stand. Billing stays as it is."]
    return _ask(row, "Tell the network again?", "Tell it again", "billing.switch_service_again", sentences, None)


@blueprint.post(AT + "switch-again/")
@requires("staff")
def switch_service_again(subscription_id: uuid.UUID) -> Response:
    """Tell the network again."""
    switch_again(actor(), subscription_id, reason="Asked for again", now=clock.now())
    return _back(subscription_id, "The network is told again")


@blueprint.get(AT + "service/")
@requires("staff")
def service_form(subscription_id: uuid.UUID) -> Response:
    """Where the service is known, to be changed."""
    row = _row(subscription_id)
    record = queries.record_of(row.business_id, row.id)
    return _record(RecordForm(None, data=stored_record(record)), row)


@blueprint.post(AT + "service/")
@requires("staff")
def save_service(subscription_id: uuid.UUID) -> Response:
    """Save it."""
    row = _row(subscription_id)
    business = row.business_id
    form = RecordForm(request.form).offer(queries.list_routers(business))
    if not form.validate():
        return _record(form, row, 422)
    try:
        save_record(
            actor(), row.id, form.values(), form.password.data, version=form.version.data, now=clock.now()
        )  # fmt: skip
    except StaleRecord as error:
        stands = RecordForm(None, data=stored_record(queries.record_of(business, subscription_id)))
        found = stale.differences(form, stands.offer(queries.list_routers(business)))
        return _record(form, _row(subscription_id), 409, differences=found, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _record(form, _row(subscription_id), 422)
    return _back(subscription_id, "Saved")


@blueprint.get(AT + "service/remove/")
@requires("staff")
def remove_service_form(subscription_id: uuid.UUID) -> Response:
    """Say what that does."""
    row = _row(subscription_id)
    record = queries.record_of(row.business_id, row.id)
    if record is None:
        raise NotFound
    sentences = ["Duely does not switch this service any more. Nothing changes on the router itself."]
    form = VersionForm(None, data={"version": record.version})
    return _ask(row, "Take it off its router?", "Take it off", "billing.remove_service", sentences, form, danger=True)


@blueprint.post(AT + "service/remove/")
@requires("staff")
def remove_service(subscription_id: uuid.UUID) -> Response:
    """Take it off its router."""
    form = VersionForm(request.form)
    try:
        remove_record(actor(), subscription_id, version=form.version.data, now=clock.now())
    except Conflict as error:
        return draw(subscription_id, error.status, str(error))
    return _back(subscription_id, "Taken off its router")


def _row(subscription_id: uuid.UUID) -> Subscription:
    return queries.get_subscription(current_user.business_id, subscription_id)


def _ask_restrict(subscription_id: uuid.UUID, by: Restriction, form: RestrictForm | None = None) -> Response:
    row = _row(subscription_id)
    status = 422 if form is not None else 200
    form = form or RestrictForm(None, data={"version": row.version})
    return _ask(row, f"{by.verb} this service?", by.verb, by.endpoint, list(by.sentences), form, status, by.danger)


def _restrict(subscription_id: uuid.UUID, by: Restriction) -> Response:
    form = RestrictForm(request.form)
    if not form.validate():
        return _ask_restrict(subscription_id, by, form)
    more = {"reason": form.reason.data, "until_paid": bool(form.until_paid.data), "version": form.version.data}
    try:
        by.do(actor(), subscription_id, now=clock.now(), **more)
    except Conflict as error:
        return draw(subscription_id, error.status, str(error))
    return _back(subscription_id, by.said)


def _ask_restore(row: Subscription, form: RestoreForm, status: int = 200) -> Response:
    sentences = ["The service is as it was before it was suspended or throttled. " + BY_JOB]
    if back := coming_back(row, clock.now()):
        sentences.append(f"Days without service that are billed come back by a credit note: {filters.money(back)}.")
    return _ask(row, "Restore this service?", "Restore", "billing.restore", sentences, form, status)


def _ask(
    row: Subscription,
    title: str,
    verb: str,
    endpoint: str,
    sentences: list[str],
    form: FlaskForm | None,
    status: int = 200,
    danger: bool = False,
) -> Response:
    context = {"title": title, "verb": verb, "sentences": sentences, "form": form, "danger": danger, "keep": "Not now"}
    context |= {"action": url_for(endpoint, subscription_id=row.id), "free": ("reason",) if verb == "Restore" else ()}
    back = url_for("billing.show_subscription", subscription_id=row.id)
    return make_response(render_template("shared/confirm.html", back=back, **context), status)


def _record(form: RecordForm, row: Subscription, status: int = 200, **context: object) -> Response:
    routers = queries.list_routers(row.business_id)
    context |= {
        "form": form.offer(routers),
        "row": row,
        "routers": routers,
        "record": queries.record_of(row.business_id, row.id),
        "client": get_client(row.business_id, row.client_id),
        "connects": at_least(current_user.role, "admin"),
    }
    return htmx.page_or_fragment("billing/service/record.html", "billing/service/_record.html", status, **context)


def _back(subscription_id: uuid.UUID, toast: str) -> Response:
    return htmx.redirect_to(url_for("billing.show_subscription", subscription_id=subscription_id), toast)
