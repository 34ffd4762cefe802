"""Recording money for an invoice."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.database import new_id
from app.errors import Invalid
from app.invoices.models import Invoice
from app.invoices.queries import get_invoice
from app.invoices.queries.lists import Filters, list_invoices
from app.invoices.rules import WrongState
from app.invoices.rules.badges import badge
from app.money import Money
from app.payments import service
from app.payments.errors import FormUsed
from app.payments.forms import PaymentForm
from app.payments.views import blueprint
from app.payments.views.doubting import Doubt, doubt_about
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import money


@blueprint.get("/payments/new/")
@requires("staff")
def new() -> ResponseReturnValue:
    """The form for one invoice, or the choice of an invoice."""
    try:
        invoice_id = uuid.UUID(request.args.get("invoice", ""))
    except ValueError:
        return _choose()
    invoice = get_invoice(current_user.business_id, invoice_id)
    form = PaymentForm(formdata=None, data=_blank(invoice)).prepare(invoice.currency)
    return _page(form, invoice)


@blueprint.post("/payments/new/")
@requires("staff")
def record() -> ResponseReturnValue:
    """Book the money; more than is due, or a day long before the invoice, is asked about first."""
    form = PaymentForm()
    if not form.invoice.validate(form) or form.invoice.data is None:
        return _choose(422)
    invoice = get_invoice(current_user.business_id, form.invoice.data)
    if not form.prepare(invoice.currency).validate():
        return _page(form, invoice, 422)
    doubt = doubt_about(form, [invoice], {invoice.id: form.amount.data.minor})
    if doubt is not None:
        return _page(form, invoice, 422, doubt)
    number, amount = invoice.number, form.amount.data
    try:
        _book(form)
    except (Invalid, WrongState, FormUsed) as error:
        _show(form, error)
        return _page(form, get_invoice(current_user.business_id, form.invoice.data), 422)
    back = url_for("invoices.show", invoice_id=form.invoice.data)
    return htmx.redirect_to(back, f"{money(amount)} recorded for {number}.")


def _book(form: PaymentForm) -> None:
    service.record_payment(
        actor(),
        form.invoice.data,
        form.amount.data,
        form.method.data,
        form.received_on.data,
        now=clock.now(),
        reference=form.reference.data,
        note=form.note.data,
        payment_id=form.payment_id.data,
        rate=form.rate.data,
    )


def _show(form: PaymentForm, error: Invalid | WrongState | FormUsed) -> None:
    if isinstance(error, Invalid):
        refuse(form, error)
        return
    form.form_errors.append(str(error))
    if isinstance(error, FormUsed):
        # Sending it once more is then a decision, and another payment.
        form.payment_id.data, form.payment_id.raw_data = new_id(), None


def _blank(invoice: Invoice) -> dict[str, Any]:
    """A form that pays all of it by transfer, today."""
    return {
        "payment_id": new_id(),
        "invoice": invoice.id,
        "amount": Money(invoice.balance_minor, invoice.currency) if invoice.balance_minor else None,
        "method": "transfer",
        "received_on": clock.today(current_user.timezone),
    }


def _page(form: PaymentForm, invoice: Invoice, status: int = 200, doubt: Doubt | None = None) -> ResponseReturnValue:
    due = Money(invoice.balance_minor, invoice.currency)
    total, today = Money(invoice.total_minor, invoice.currency), clock.today(current_user.timezone)
    context = {"form": form, "invoice": invoice, "due": due, "total": total, "doubt": doubt, "today": today}
    return render_template("payments/new.html", **context), status


def _choose(status: int = 200) -> ResponseReturnValue:
    text = " ".join(request.args.get("q", "").split())[:200].replace("\0", "")
    filters = Filters(view="unpaid", text=text, sort="due")
    today = clock.today(current_user.timezone)
    found = list_invoices(current_user.business_id, filters, request.args.get("cursor"), today)
    badges = {row.id: badge(row.state, row.sent, row.due_date, today, row.gone, row.seen) for row in found.items}
    return render_template("payments/choose.html", page=found, badges=badges, text=text), status
