"""An invoice that comes again and again without a plan: from an invoice there is, or typed line by line."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing import service
from app.billing.errors import SubscriptionMade
from app.billing.forms.recurring import RecurringForm, from_invoice
from app.billing.service.billing import PlannedInvoice
from app.billing.views import blueprint
from app.catalog.queries import live_taxes
from app.clients.models import Client
from app.clients.queries import get_client
from app.database import new_id
from app.errors import Invalid, NotFound
from app.invoices import queries as invoices
from app.web import htmx
from app.web.access import actor, requires


@blueprint.get("/subscriptions/recurring/")
@requires("staff")
def new_recurring() -> Response:
    """The form, with the lines of the invoice that the address names."""
    business, given, moved = current_user.business_id, dict[str, Any](), False
    client_id, invoice_id = _id("client"), _id("invoice")
    invoice = invoices.get_invoice(business, invoice_id) if invoice_id else None
    if invoice is not None:
        client_id = invoice.client_id
    if client_id is None:
        return htmx.redirect_to(url_for("billing.new_subscription"))
    client = get_client(business, client_id)
    if invoice is not None:
        contents = invoices.contents(business, invoice.id)
        given = from_invoice(invoice, contents, client.language or get_business(business).language)
        before = [(line.title, line.detail) for line in contents.lines]
        moved = before != [(line["title"], line["detail"]) for line in given["lines"]]
    today = clock.today(current_user.timezone)
    first = {"subscription_id": new_id(), "client_id": client.id, "starts_on": today}
    first["currency"] = client.currency or current_user.currency
    return _page(RecurringForm(None, data=first | given), client, moved=moved)


@blueprint.post("/subscriptions/recurring/")
@requires("staff")
def create_recurring() -> Response:
    """Store it; the button that only looks shows what would be billed, and has more lines."""
    form = RecurringForm(request.form)
    client = _client(form)
    if not form.validate():
        return _page(form, client, 422)
    if "look" in request.form:
        return _page(form, client)
    try:
        row = service.subscribe(actor(), form.values(), now=clock.now(), subscription_id=form.subscription_id.data)
    except Invalid as error:
        form.refuse(error)
        return _page(form, client, 422)
    except SubscriptionMade as error:
        form.form_errors.append(str(error))
        form.subscription_id.data, form.subscription_id.raw_data = new_id(), None
        return _page(form, client, 422)
    back = url_for("billing.show_subscription", subscription_id=row.id)
    return htmx.redirect_to(back, f"{row.name} is agreed on with {client.name}")


@blueprint.post("/subscriptions/recurring/preview/")
@requires("staff")
def preview_recurring() -> Response:
    """`billing/subscriptions/_preview.html`: what would be billed, as it is typed. Nothing is kept."""
    form = RecurringForm(request.form)
    form.validate()
    bills, problems = _preview(form)
    context = {"bills": bills, "problems": problems, "today": clock.today(current_user.timezone)}
    return make_response(render_template("billing/subscriptions/_preview.html", **context))


def _preview(form: RecurringForm) -> tuple[list[PlannedInvoice], list[str]]:
    if form.errors or form.client_id.data is None:
        return [], []
    try:
        return service.preview(current_user.business_id, form.values(), now=clock.now()), []
    except Invalid as error:
        return [], [said for sayings in error.errors.values() for said in sayings]


def _client(form: RecurringForm) -> Client:
    """Whose it is. Raises NotFound."""
    if not form.client_id.validate(form) or form.client_id.data is None:
        raise NotFound
    return get_client(current_user.business_id, form.client_id.data)


def _page(form: RecurringForm, client: Client, status: int = 200, *, moved: bool = False) -> Response:
    """The form; `moved` says that days in the texts of an invoice became names."""
    # What is filled in from an invoice was never sent, so only what was typed is looked at again.
    bills, problems = _preview(form) if form.is_submitted() else ([], [])
    form.show(live_taxes(current_user.business_id))
    return htmx.page_or_fragment(
        "billing/subscriptions/recurring.html",
        "billing/subscriptions/_recurring.html",
        status,
        form=form,
        client=client,
        moved=moved,
        bills=bills,
        problems=problems,
        today=clock.today(current_user.timezone),
    )


def _id(name: str) -> uuid.UUID | None:
    """An id of the address; None when it is none."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
