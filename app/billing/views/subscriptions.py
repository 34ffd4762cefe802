"""The list of subscriptions, one of them, and what may be changed about it without agreeing anew."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import timeline
from app.billing import queries, service
from app.billing.errors import StaleSubscription
from app.billing.forms.subscriptions import EditForm, offer_words, stored
from app.billing.queries import SubscriptionFilters
from app.billing.queries.billed import with_waiting
from app.billing.queries.changes import planned_change
from app.billing.queries.details import things
from app.billing.queries.history import history
from app.billing.queries.standings import price_day, until_restored
from app.billing.rules import states
from app.billing.rules.badges import badge
from app.billing.rules.calendar import in_month
from app.billing.rules.charging import period_words
from app.billing.rules.plans import cycle_words
from app.billing.rules.words import billed_words, rhythm_words
from app.billing.service.awaiting import awaited
from app.billing.service.changing import covered_until
from app.billing.timeline import moments
from app.billing.views import blueprint
from app.clients.queries import get_client
from app.errors import Invalid
from app.folding import searched
from app.invoices.models import Invoice
from app.invoices.rules import states as states_of
from app.web import filters as say
from app.web import htmx, stale
from app.web.access import actor, requires
from app.web.fields import refuse

MONTHS_AHEAD = 6


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """How pages say a cycle, when it is billed, a period, the day before one, an add-on, and a subscription's state."""
    return {
        "billed_words": billed_words,
        "cycle_words": cycle_words,
        "period_words": period_words,
        "last_day": last_day,
        "addon_words": offer_words,
        "subscription_badge": badge,
    }


@blueprint.get("/subscriptions/")
@requires("viewer")
def subscriptions() -> Response:
    """The list, which may be narrowed to a client and a plan."""
    business, today = current_user.business_id, clock.today(current_user.timezone)
    filters = SubscriptionFilters(
        text=searched(request.args.get("q", "")),
        client_id=_id("client"),
        plan_id=_id("plan"),
        over=request.args.get("show") == "over",
    )
    page = queries.list_subscriptions(business, filters, today, request.args.get("cursor"))
    return htmx.page_or_fragment(
        "billing/subscriptions/index.html",
        "billing/subscriptions/_list.html",
        filters=filters,
        page=page,
        standings=queries.standings(business, page.items, today),
        held=until_restored(business, page.items),
        only_client=get_client(business, filters.client_id) if filters.client_id else None,
        only_plan=queries.get_plan(business, filters.plan_id) if filters.plan_id else None,
        today=today,
    )


@blueprint.get("/subscriptions/<uuid:subscription_id>/")
@requires("viewer")
def show_subscription(subscription_id: uuid.UUID) -> Response:
    """What was agreed on, what was billed and what comes."""
    return draw(subscription_id)


@blueprint.get("/subscriptions/<uuid:subscription_id>/edit/")
@requires("staff")
def edit_subscription(subscription_id: uuid.UUID) -> Response:
    """What stands on its invoices, to be changed."""
    row = queries.get_subscription(current_user.business_id, subscription_id)
    return _form(EditForm(None, data=stored(row)), subscription_id)


@blueprint.post("/subscriptions/<uuid:subscription_id>/edit/")
@requires("staff")
def change_subscription(subscription_id: uuid.UUID) -> Response:
    """Save it."""
    business, form = current_user.business_id, EditForm(request.form)
    queries.get_subscription(business, subscription_id)
    if not form.validate():
        return _form(form, subscription_id, 422)
    try:
        service.change_subscription(actor(), subscription_id, form.values(), version=form.version.data, now=clock.now())
    except StaleSubscription as error:
        current = EditForm(None, data=stored(queries.get_subscription(business, subscription_id)))
        found = stale.differences(form, current)
        return _form(form, subscription_id, 409, differences=found, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _form(form, subscription_id, 422)
    return htmx.redirect_to(url_for("billing.show_subscription", subscription_id=subscription_id), "Saved")


def last_day(end: date) -> str:
    """The last day of what ends before `end`."""
    return _day(end - timedelta(days=1))


def draw(subscription_id: uuid.UUID, status: int = 200, sentence: str = "") -> Response:
    """The page of a subscription; `sentence` says on top why something could not be done."""
    business, today = current_user.business_id, clock.today(current_user.timezone)
    one = with_waiting(queries.agreement_of(business, subscription_id))
    [standing] = queries.standings(business, [one.row], today)
    awaits = awaited(one, today, in_month(today.year, today.month + MONTHS_AHEAD, today.day))
    pauses = queries.pauses_of(business, subscription_id)
    pause = next((one for one in reversed(pauses) if one.until is None or one.until > today), None)
    cancelled_on, rhythm = one.row.cancelled_on, one.terms().rhythm_on(price_day(one, today))
    context = {
        "row": one.row,
        "standing": standing,
        "ends_on": one.ends_on,
        "things": things(business, one, today),
        "pauses": pauses,
        "awaits": awaits,
        "billed": [(entry, entry.invoice and _paid(entry.invoice, today)) for entry in history(one)],
        "moments": moments(timeline(business, "subscription", subscription_id), _day),
        "verbs": {verb for verb, allowed in states.MOVES.items() if standing.state in allowed},
        "pause": pause,
        "billed_until": covered_until(one, max(today, pause.since)) if pause else today,
        "cycle": one.cycle_on(price_day(one, today)),
        "rhythm": rhythm,
        "begins": rhythm_words(rhythm),
        "planned": planned_change(business, subscription_id, today),
        "keeps": cancelled_on is not None and cancelled_on > today,
        "due": one.row.next_bill_on is not None and one.row.next_bill_on <= today,
        "sentence": sentence,
        "today": today,
        "service": queries.service_of(one.row),
    }
    return make_response(render_template("billing/subscriptions/show.html", **context), status)


def _day(day: date) -> str:
    return say.day_words(day, current_user.locale)


def _paid(invoice: Invoice, today: date) -> str:
    return states_of.state(invoice.status, invoice.total_minor, invoice.balance_minor, invoice.due_date, today)


def _form(form: EditForm, subscription_id: uuid.UUID, status: int = 200, **context: object) -> Response:
    row = queries.get_subscription(current_user.business_id, subscription_id)
    return htmx.page_or_fragment(
        "billing/subscriptions/edit.html",
        "billing/subscriptions/_edit.html",
        status,
        form=form,
        row=row,
        client=get_client(row.business_id, row.client_id),
        **context,
    )


def _id(name: str) -> uuid.UUID | None:
    """An id of the address; None when it is none."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
