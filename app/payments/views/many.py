"""Recording one payment for many invoices of a client."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.clients.queries import get_client
from app.database import new_id
from app.errors import Invalid, NotFound
from app.invoices.models import Invoice
from app.invoices.rules import WrongState
from app.money import Money
from app.payments import service
from app.payments.errors import FormUsed
from app.payments.forms import MOST_AT_ONCE, ManyForm
from app.payments.queries.lists import open_invoices, owed_currencies
from app.payments.rules import oldest_first
from app.payments.views import blueprint
from app.payments.views.doubting import Doubt, doubt_about
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import money


@blueprint.get("/payments/many/")
@requires("staff")
def many() -> ResponseReturnValue:
    """The client's open invoices, the one due first on top."""
    client_id, currency, currencies = _asked(request.args)
    data = {
        "payment_id": new_id(),
        "client": client_id,
        "currency": currency,
        "method": "transfer",
        "received_on": clock.today(current_user.timezone),
    }
    invoices = open_invoices(current_user.business_id, client_id, currency, MOST_AT_ONCE)
    data["shares"] = [{"invoice": invoice.id} for invoice in invoices]
    return _page(ManyForm(formdata=None, data=data).prepare(currency), invoices, currencies)


@blueprint.get("/payments/many/spread/")
@requires("staff")
def spread() -> ResponseReturnValue:
    """The invoices again, the amount spread over them, the oldest first."""
    client_id, currency, _ = _asked(request.args)
    form = ManyForm(formdata=request.args, meta={"csrf": False}).prepare(currency)
    invoices = open_invoices(current_user.business_id, client_id, currency, MOST_AT_ONCE)
    form.amount.validate(form)
    amount = form.amount.data.minor if form.amount.data and not form.amount.errors else 0
    shares = oldest_first(amount, [invoice.balance_minor for invoice in invoices]) if amount else [0] * len(invoices)
    data = [
        {"invoice": invoice.id, "amount": Money(share, currency) if share else None}
        for invoice, share in zip(invoices, shares, strict=True)
    ]
    filled = ManyForm(formdata=None, data={"shares": data}).prepare(currency)
    rest = Money(max(amount - sum(shares), 0), currency)
    return render_template("payments/_shares.html", rows=_rows(filled, invoices), rest=rest, form=filled)


@blueprint.post("/payments/many/")
@requires("staff")
def record_many() -> ResponseReturnValue:
    """Book the money, as typed beside the invoices or else the oldest first; what looks wrong is asked about before."""
    client_id, currency, currencies = _asked(request.form)
    form = ManyForm().prepare(currency)
    invoices = open_invoices(current_user.business_id, client_id, currency, MOST_AT_ONCE)
    if not form.validate():
        return _page(form, invoices, currencies, 422)
    shares = form.spread() or _oldest(form, invoices)
    said = (form.reference.data, form.note.data, form.rate.data)
    doubt = doubt_about(form, invoices, shares)
    if doubt is not None:
        return _page(form, invoices, currencies, 422, doubt)
    told = service.Told(form.amount.data, form.method.data, form.received_on.data, *said)
    try:
        if not shares:
            raise Invalid("amount", "None of these invoices is open any more.")
        service.record_money(actor(), shares, told, now=clock.now(), payment_id=form.payment_id.data)
    except (Invalid, WrongState, FormUsed) as error:
        _show(form, error)
        invoices = open_invoices(current_user.business_id, client_id, currency, MOST_AT_ONCE)
        return _page(form, invoices, currencies, 422)
    recorded = f"{money(told.amount)} recorded for {len(shares)} {'invoice' if len(shares) == 1 else 'invoices'}."
    return htmx.redirect_to(url_for("payments.show", payment_id=form.payment_id.data), recorded)


def _asked(args: Mapping[str, str]) -> tuple[uuid.UUID, str, list[str]]:
    """The client, the currency, and every currency the client owes in. Raises NotFound."""
    text = args.get("client", "")
    try:
        client_id = uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        client_id = None
    if client_id is None:
        raise NotFound
    client = get_client(current_user.business_id, client_id)
    currencies = owed_currencies(current_user.business_id, client_id)
    wanted = args.get("currency", "")
    usual = client.currency if client.currency in currencies else get_business(current_user.business_id).currency
    first = usual if usual in currencies or not currencies else currencies[0]
    return client_id, wanted if wanted in currencies else first, currencies


def _oldest(form: ManyForm, invoices: list[Invoice]) -> dict[uuid.UUID, int]:
    shares = oldest_first(form.amount.data.minor, [invoice.balance_minor for invoice in invoices])
    return {invoice.id: share for invoice, share in zip(invoices, shares, strict=True) if share}


def _show(form: ManyForm, error: Invalid | WrongState | FormUsed) -> None:
    if isinstance(error, Invalid):
        refuse(form, error)
        return
    form.form_errors.append(str(error))
    if isinstance(error, FormUsed):
        form.payment_id.data, form.payment_id.raw_data = new_id(), None


def _rows(form: ManyForm, invoices: list[Invoice]) -> list[tuple[Any, ...]]:
    typed = {str(entry.form.invoice.data): entry.form for entry in form.shares}
    rows = []
    for invoice in invoices:
        row = typed.get(str(invoice.id))
        if row is not None:
            rows.append((invoice, row, Money(invoice.balance_minor, invoice.currency)))
    return rows


def _page(
    form: ManyForm, invoices: list[Invoice], currencies: list[str], status: int = 200, doubt: Doubt | None = None
) -> ResponseReturnValue:
    client = get_client(current_user.business_id, form.client.data)
    currency = form.amount.currency
    context = {
        "form": form,
        "client": client,
        "rows": _rows(form, invoices),
        "rest": doubt.over if doubt else None,
        "doubt": doubt,
        "currency": currency,
        "others": [one for one in currencies if one != currency],
        "due": Money.total(sum(invoice.balance_minor for invoice in invoices), currency),
        "today": clock.today(current_user.timezone),
        "more": len(invoices) == MOST_AT_ONCE,
    }
    return render_template("payments/many.html", **context), status
