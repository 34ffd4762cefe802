"""A new subscription: whose it is, what it is, and what will be billed, which is shown as it is typed."""

from __future__ import annotations

import uuid
from decimal import Decimal

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.billing import service
from app.billing.errors import SubscriptionMade
from app.billing.forms.subscriptions import NewForm
from app.billing.queries.offered import Choices, Offered, offered
from app.billing.service.billing import PlannedInvoice
from app.billing.views import blueprint
from app.clients.models import Client
from app.clients.queries import get_client, search_clients
from app.database import new_id
from app.errors import Invalid
from app.folding import searched
from app.web import htmx
from app.web.access import actor, requires

CLIENTS_SHOWN = 12


@blueprint.get("/subscriptions/new/")
@requires("staff")
def new_subscription() -> Response:
    """The form for one client, or the choice of a client; with the lines of an invoice, that without a plan."""
    if request.args.get("invoice"):
        return htmx.redirect_to(url_for("billing.new_recurring", invoice=request.args["invoice"]))
    try:
        client = get_client(current_user.business_id, uuid.UUID(request.args.get("client", "")))
    except ValueError:
        return _choose()
    found = offered(current_user.business_id)
    given = {"subscription_id": new_id(), "client_id": client.id, "currency": _currency(client, found)}
    given |= {"quantity": Decimal(1), "starts_on": clock.today(current_user.timezone)}
    form = NewForm(None, data=given)
    plans = _choices(form, found)[0]
    wanted = request.args.get("plan", "")
    form.plan_id.data = wanted if wanted in map(str, plans) else ""
    return _page(form, client, found)


@blueprint.post("/subscriptions/new/")
@requires("staff")
def create_subscription() -> Response:
    """Store it; the button that only looks shows what would be billed."""
    form, found = NewForm(request.form), offered(current_user.business_id)
    if not form.client_id.validate(form) or form.client_id.data is None:
        return _choose(422)
    client = get_client(current_user.business_id, form.client_id.data)
    plans, addons = _choices(form, found)
    if not form.validate():
        return _page(form, client, found, 422)
    if "look" in request.form:
        return _page(form, client, found)
    try:
        values, id = form.values(plans, addons), form.subscription_id.data
        row = service.subscribe(actor(), values, now=clock.now(), subscription_id=id)
    except Invalid as error:
        form.refuse(error)
        return _page(form, client, found, 422)
    except SubscriptionMade as error:
        form.form_errors.append(str(error))
        # Sending it once more is then a decision, and another subscription.
        form.subscription_id.data, form.subscription_id.raw_data = new_id(), None
        return _page(form, client, found, 422)
    back = url_for("billing.show_subscription", subscription_id=row.id)
    return htmx.redirect_to(back, f"{row.name} is agreed on with {client.name}")


@blueprint.post("/subscriptions/new/preview/")
@requires("staff")
def preview_subscription() -> Response:
    """`billing/subscriptions/_preview.html`: what would be billed, as it is typed. Nothing is kept."""
    form, found = NewForm(request.form), offered(current_user.business_id)
    choices = _choices(form, found)
    form.validate()
    bills, problems = ([], []) if form.errors else _preview(form, choices)
    context = {"bills": bills, "problems": problems, "today": clock.today(current_user.timezone)}
    return make_response(render_template("billing/subscriptions/_preview.html", **context))


def _choices(form: NewForm, found: Offered) -> tuple[Choices, Choices]:
    """The plans and add-ons that can be chosen in the currency of a form, which shows them."""
    currency, today = str(form.currency.data or form.currency.text).strip(), clock.today(current_user.timezone)
    plans, addons = (found.choices(kind, currency, today) for kind in ("plan", "addon"))
    form.offer(plans, addons)
    return plans, addons


def _preview(form: NewForm, choices: tuple[Choices, Choices]) -> tuple[list[PlannedInvoice], list[str]]:
    """The first invoices of what was typed, or why there cannot be any."""
    if not form.plan_id.data or form.client_id.data is None:
        return [], []
    try:
        values = form.values(*choices)
        return service.preview(current_user.business_id, values, now=clock.now()), []
    except Invalid as error:
        return [], [said for sayings in error.errors.values() for said in sayings]


def _currency(client: Client, found: Offered) -> str:
    """The currency of the address, the client or the business, as far as something is offered in it."""
    wanted = (request.args.get("currency", ""), client.currency or current_user.currency, current_user.currency)
    return next((one for one in (*wanted, *found.currencies) if one in found.currencies), current_user.currency)


def _page(form: NewForm, client: Client, found: Offered, status: int = 200) -> Response:
    choices = _choices(form, found)
    bills, problems = ([], []) if form.errors else _preview(form, choices)
    return htmx.page_or_fragment(
        "billing/subscriptions/new.html",
        "billing/subscriptions/_form.html",
        status,
        form=form,
        client=client,
        plans=choices[0],
        addons=choices[1],
        currencies=found.currencies,
        bills=bills,
        problems=problems,
        today=clock.today(current_user.timezone),
    )


def _choose(status: int = 200) -> Response:
    text = searched(request.args.get("q", ""))
    found = search_clients(current_user.business_id, text, CLIENTS_SHOWN)
    return make_response(
        render_template("billing/subscriptions/choose.html", clients=found, text=text, plan=request.args.get("plan")),
        status,
    )
