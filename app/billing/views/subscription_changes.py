"""Another plan, other quantities and prices: typed, shown with what they do in money, and done as they were shown."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.billing import queries
from app.billing.forms.changing import ChangeForm, ItemsForm, PlanForm, first_values
from app.billing.forms.subscription_verbs import VersionForm
from app.billing.queries import Agreement
from app.billing.queries.billed import with_waiting
from app.billing.queries.changes import planned_change
from app.billing.queries.control import switched_by
from app.billing.queries.offered import offered
from app.billing.service.applying import OtherOutcome, call_off, change
from app.billing.service.changing import Outcome, next_term, work_out
from app.billing.service.wanting import AnotherComes, main_item
from app.billing.views import blueprint
from app.billing.views.subscriptions import draw
from app.clients.queries import get_client
from app.errors import Conflict, Invalid
from app.web import filters, htmx
from app.web.access import actor, requires

AT = "/subscriptions/<uuid:subscription_id>/"


@blueprint.get(AT + "change-plan/")
@requires("staff")
def change_plan_form(subscription_id: uuid.UUID) -> Response:
    """Ask for another plan."""
    one = _agreement(subscription_id)
    if refused := _not_now(one):
        return refused
    try:
        old = main_item(one.row.business_id, one, _today())
    except Invalid as error:
        return draw(subscription_id, 409, _said(error))
    form = _plan_form(PlanForm(None, data=first_values(one.row.version) | {"quantity": old.quantity}), one)
    if not any(id not in ("", str(old.plan_id)) for id, _ in form.plan_id.choices):
        client = get_client(one.row.business_id, one.row.client_id)
        return make_response(render_template("billing/changes/no_plan.html", row=one.row, client=client))
    return _page(form, one)


@blueprint.post(AT + "change-plan/")
@requires("staff")
def change_subscription_plan(subscription_id: uuid.UUID) -> Response:
    """Change it as it was shown."""
    one = _agreement(subscription_id)
    return _do(_plan_form(PlanForm(request.form), one), one)


@blueprint.post(AT + "change-plan/preview/")
@requires("staff")
def preview_plan_change(subscription_id: uuid.UUID) -> Response:
    """`billing/changes/_outcome.html` of what is typed. Nothing is kept."""
    one = _agreement(subscription_id)
    return _look(_plan_form(PlanForm(request.form), one), one)


@blueprint.get(AT + "change-items/")
@requires("staff")
def change_items_form(subscription_id: uuid.UUID) -> Response:
    """Ask for other quantities and prices."""
    one = _agreement(subscription_id)
    if refused := _not_now(one):
        return refused
    return _page(_items_form(ItemsForm(None, data=first_values(one.row.version)), one), one)


@blueprint.post(AT + "change-items/")
@requires("staff")
def change_items(subscription_id: uuid.UUID) -> Response:
    """Change them as it was shown."""
    one = _agreement(subscription_id)
    return _do(_items_form(ItemsForm(request.form), one), one)


@blueprint.post(AT + "change-items/preview/")
@requires("staff")
def preview_items_change(subscription_id: uuid.UUID) -> Response:
    """`billing/changes/_outcome.html` of what is typed. Nothing is kept."""
    one = _agreement(subscription_id)
    return _look(_items_form(ItemsForm(request.form), one), one)


@blueprint.get(AT + "call-off/")
@requires("staff")
def call_off_form(subscription_id: uuid.UUID) -> Response:
    """Say what calling a planned change off does."""
    row = queries.get_subscription(current_user.business_id, subscription_id)
    planned = planned_change(row.business_id, row.id, _today())
    if planned is None:
        return draw(subscription_id, 409, "No change is planned for this subscription.")
    page = render_template(
        "shared/confirm.html",
        title="Call this change off?",
        sentences=[
            f"{planned.words}, from {_day(planned.since)}.",
            "It then goes on as it is. Nothing was billed yet.",
        ],
        action=url_for("billing.call_off_change", subscription_id=row.id),
        verb="Call it off",
        keep="Leave it planned",
        back=url_for("billing.show_subscription", subscription_id=row.id),
        form=VersionForm(None, data={"version": row.version}),
        danger=False,
    )
    return make_response(page)


@blueprint.post(AT + "call-off/")
@requires("staff")
def call_off_change(subscription_id: uuid.UUID) -> Response:
    """Call it off."""
    queries.get_subscription(current_user.business_id, subscription_id)
    form = VersionForm(request.form)
    try:
        call_off(actor(), subscription_id, now=clock.now(), version=form.version.data)
    except Conflict as error:
        return draw(subscription_id, error.status, str(error))
    return htmx.redirect_to(
        url_for("billing.show_subscription", subscription_id=subscription_id), "It goes on as it is"
    )


def _agreement(subscription_id: uuid.UUID) -> Agreement:
    return with_waiting(queries.agreement_of(current_user.business_id, subscription_id))


def _not_now(one: Agreement) -> Response | None:
    """The page of the subscription that says why it cannot be changed; None when it can."""
    today = _today()
    [standing] = queries.standings(one.row.business_id, [one.row], today)
    if standing.state not in ("trial", "active", "past_due"):
        return draw(one.row.id, 409, "Only a subscription that runs can be changed.")
    if planned_change(one.row.business_id, one.row.id, today) is not None:
        return draw(one.row.id, 409, str(AnotherComes()))
    return None


def _plan_form(form: PlanForm, one: Agreement) -> PlanForm:
    form.begin(_today(), *_term(one))
    form.offer(offered(one.row.business_id).choices("plan", one.row.currency, _today()))
    return form


def _items_form(form: ItemsForm, one: Agreement) -> ItemsForm:
    form.begin(_today(), *_term(one))
    addons = offered(one.row.business_id).choices("addon", one.row.currency, _today())
    cycle = one.cycle_on(_today())
    fitting = {
        id: found for id, found in addons.items()
        if (found.plan.cycle_unit, found.plan.cycle_count) == (cycle.unit, cycle.count)
    }  # fmt: skip
    form.addons = fitting
    form.items = {item.id: item for item in one.items if item.held(max(_today(), item.since))}
    form.show(list(form.items.values()), fitting)
    return form


def _term(one: Agreement) -> tuple[date, str]:
    term = next_term(one, _today())
    return term, _day(term)


def _outcome(form: ChangeForm, one: Agreement) -> tuple[Outcome | None, list[str]]:
    """What the typed change comes to, or why that cannot be told."""
    # A sentence on top of the form says why it is shown again; what it would do can be told all the same.
    if any(field.errors for field in form) or (isinstance(form, PlanForm) and not form.plan_id.data):
        return None, []
    try:
        return work_out(one.row.business_id, one, form.wish(one.row.business_id)(one, _today())), []
    except Invalid as error:
        return None, [said for sayings in error.errors.values() for said in sayings]
    except Conflict as error:
        return None, [str(error)]


def _do(form: ChangeForm, one: Agreement) -> Response:
    subscription_id = one.row.id
    if not form.validate():
        return _page(form, one, 422)
    if "look" in request.form:
        return _page(form, one)
    try:
        outcome = change(
            actor(), subscription_id, form.wish(one.row.business_id), now=clock.now(), version=form.version.data,
            seen=form.seen.data or "", send=bool(form.send.data),
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _page(form, _agreement(subscription_id), 422)
    except OtherOutcome as error:
        form.form_errors.append(str(error))
        return _page(form, _agreement(subscription_id), 409)
    except Conflict as error:
        return draw(subscription_id, error.status, str(error))
    said = f"{outcome.wanted.words}, from {_day(outcome.wanted.since)}"
    return htmx.redirect_to(url_for("billing.show_subscription", subscription_id=subscription_id), said)


def _look(form: ChangeForm, one: Agreement) -> Response:
    form.validate()
    outcome, problems = _outcome(form, one)
    page = render_template("billing/changes/_outcome.html", outcome=outcome, problems=problems, today=_today())
    return make_response(page)


def _page(form: ChangeForm, one: Agreement, status: int = 200) -> Response:
    outcome, problems = _outcome(form, one)
    return htmx.page_or_fragment(
        form.page,
        form.part,
        status,
        form=form,
        row=one.row,
        client=get_client(one.row.business_id, one.row.client_id),
        outcome=outcome,
        problems=problems,
        today=_today(),
        router=switched_by(one.row.business_id, one.row.id),
    )


def _said(error: Invalid) -> str:
    return " ".join(said for sayings in error.errors.values() for said in sayings)


def _today() -> date:
    return clock.today(current_user.timezone)


def _day(day: date) -> str:
    return filters.day_words(day, current_user.locale)
