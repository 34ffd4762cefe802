"""Promises to pay that staff note, and late fees that they take back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from app import clock
from app.auth.queries import get_business
from app.billing.forms.dunning import PromiseForm, WaiveForm
from app.billing.service.late_fees import is_late_fee, waive_late_fee
from app.billing.service.promising import promise, promise_for_client
from app.billing.views.dunning_room import blueprint
from app.clients.queries import get_client
from app.errors import Conflict, Invalid, NotFound
from app.invoices.queries import get_invoice
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import day_words

WEEK = timedelta(days=7)


@blueprint.get("/invoices/<uuid:invoice_id>/promise/")
@requires("staff")
def promise_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Ask by when it will be paid."""
    get_invoice(current_user.business_id, invoice_id)
    return _ask_invoice(invoice_id, _in_a_week())


@blueprint.post("/invoices/<uuid:invoice_id>/promise/")
@requires("staff")
def note_promise(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Note that an invoice will be paid by a day."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    form = PromiseForm(request.form).prepare(invoice.currency)
    if form.validate():
        said = {"amount": form.amount.data, "reason": form.reason.data}
        try:
            promise(actor(), form.until.data, now=clock.now(), invoice_id=invoice_id, **said)
            return htmx.redirect_to(_invoice(invoice_id), _noted(form))
        except Invalid as error:
            refuse(form, error)
    return _ask_invoice(invoice_id, form), 422


@blueprint.get("/clients/<uuid:client_id>/promise/")
@requires("staff")
def client_promise_form(client_id: uuid.UUID) -> ResponseReturnValue:
    """Ask by when, and how much."""
    get_client(current_user.business_id, client_id)
    return _ask_client(client_id, _in_a_week())


@blueprint.post("/clients/<uuid:client_id>/promise/")
@requires("staff")
def note_client_promise(client_id: uuid.UUID) -> ResponseReturnValue:
    """Note that a client will pay an amount by a day."""
    client = get_client(current_user.business_id, client_id)
    currency = client.currency or get_business(client.business_id).currency
    form = PromiseForm(request.form).prepare(currency)
    if form.validate():
        said = (form.until.data, form.amount.data)
        try:
            promise_for_client(actor(), client_id, *said, now=clock.now(), reason=form.reason.data)
            return htmx.redirect_to(_client(client_id), _noted(form))
        except Invalid as error:
            refuse(form, error)
    return _ask_client(client_id, form), 422


@blueprint.get("/invoices/<uuid:invoice_id>/waive/")
@requires("staff")
def waive_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Say what waiving does, and ask why."""
    get_invoice(current_user.business_id, invoice_id)
    if not is_late_fee(current_user.business_id, invoice_id):
        raise NotFound
    sentences = ["A credit note takes back all of it. The invoice that was late stays as it is."]
    return _ask("Waive this late fee?", "Waive", "dunning.waive", _invoice(invoice_id), sentences, WaiveForm(None))


@blueprint.post("/invoices/<uuid:invoice_id>/waive/")
@requires("staff")
def waive(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Take the fee back."""
    form = WaiveForm(request.form)
    get_invoice(current_user.business_id, invoice_id)
    try:
        note = waive_late_fee(actor(), invoice_id, form.reason.data if form.validate() else "", now=clock.now())
    except (Conflict, Invalid) as error:
        return htmx.redirect_to(_invoice(invoice_id), str(error), "bad")
    return htmx.redirect_to(_invoice(invoice_id), f"The late fee is waived: credit note {note.number}")


def _in_a_week() -> PromiseForm:
    return PromiseForm(None, data={"until": clock.today(current_user.timezone) + WEEK})


def _ask_invoice(invoice_id: uuid.UUID, form: FlaskForm) -> str:
    sentences = [
        "Until that day is over nobody is reminded of it, and the services on it stay as they are.",
        "Then the ladder goes on.",
    ]
    return _ask("Note a promise to pay", "Note it", "dunning.note_promise", _invoice(invoice_id), sentences, form)


def _ask_client(client_id: uuid.UUID, form: FlaskForm) -> str:
    sentences = [
        "Until that day is over this client is not reminded of anything, and nothing is cut. Then the ladder goes on.",
        "Without an amount it is all that is overdue now.",
    ]
    return _ask("Note a promise to pay", "Note it", "dunning.note_client_promise", _client(client_id), sentences, form)


def _ask(title: str, verb: str, endpoint: str, back: str, sentences: list[str], form: FlaskForm) -> str:
    context: dict[str, Any] = {"title": title, "verb": verb, "sentences": sentences, "form": form, "back": back}
    context |= {"action": url_for(endpoint, **(request.view_args or {})), "free": ["amount", "reason"]}
    return render_template("shared/confirm.html", danger=False, keep="Not now", **context)


def _invoice(invoice_id: uuid.UUID) -> str:
    return url_for("invoices.show", invoice_id=invoice_id)


def _client(client_id: uuid.UUID) -> str:
    return url_for("reminders.client", client_id=client_id)


def _noted(form: PromiseForm) -> str:
    return f"Promised by {day_words(form.until.data, current_user.locale)}; nothing is done before"
