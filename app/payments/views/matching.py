"""Giving held money to whom it belongs."""

from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.clients.models import Client
from app.clients.queries import find_client, search_clients
from app.errors import Invalid, NotFound
from app.invoices.queries import get_invoice
from app.invoices.queries.lists import Filters, list_invoices
from app.invoices.rules import WrongState
from app.money import CURRENCIES, Money
from app.payments import queries, service
from app.payments.errors import NoGateway
from app.payments.forms import MatchForm
from app.payments.gateways.errors import GatewayError
from app.payments.models import HeldMoney
from app.payments.registry import title_of
from app.payments.service.matching import Target, matchable
from app.payments.views import blueprint
from app.payments.views.listing import money_of
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import money

SHOWN = 6


@blueprint.get("/payments/held/<uuid:held_id>/match/")
@requires("staff")
def match_form(held_id: uuid.UUID) -> ResponseReturnValue:
    """The money, and invoices and clients it may belong to."""
    text = " ".join(request.args.get("q", "").split())[:200].replace("\0", "")
    return _page(_held(held_id), MatchForm(formdata=None, data={"q": text}))


@blueprint.post("/payments/held/<uuid:held_id>/match/")
@requires("staff")
def match(held_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the payment company, and book what really came."""
    form = MatchForm()
    chosen = form.chosen() if form.validate() else None
    if chosen is None:
        return _page(_held(held_id), form, 422)
    try:
        target = Target(*chosen)  # type: ignore[arg-type]
        payment = service.match_held(actor(), held_id, target, now=clock.now())
    except Invalid as error:
        refuse(form, error)
    except (GatewayError, NoGateway, WrongState) as error:
        form.form_errors.append(str(error))
    else:
        said = f"{money(Money(payment.amount_minor, payment.currency))} matched."
        return htmx.redirect_to(url_for("payments.show", payment_id=payment.id), said)
    return _page(_held(held_id), form, 422)


def _clients(row: HeldMoney, text: str) -> list[Client]:
    """Clients whose credit it may be; without a search, the one who wanted to pay first."""
    found = search_clients(row.business_id, text, SHOWN)
    invoice = get_invoice(row.business_id, row.invoice_id) if row.invoice_id and not text else None
    payer = find_client(row.business_id, invoice.client_id) if invoice and invoice.client_id else None
    return [*([payer] if payer else []), *(one for one in found if payer is None or one.id != payer.id)]


def _held(held_id: uuid.UUID) -> HeldMoney:
    row = next((row for row in queries.held(current_user.business_id) if row.id == held_id), None)
    if row is None or not matchable(row):
        raise NotFound
    return row


def _page(row: HeldMoney, form: MatchForm, status: int = 200) -> ResponseReturnValue:
    business_id, text = current_user.business_id, str(form.q.data or "")
    currency = row.currency if row.currency in CURRENCIES else ""
    filters = Filters(view="unpaid", text=text, currency=currency, sort="due")
    found = list_invoices(business_id, filters, None, clock.today(current_user.timezone), SHOWN).items
    first = [one for one in found if one.id == row.invoice_id]
    chosen = form.target.data or (f"invoice:{first[0].id}" if first else "")
    context = {
        "form": form,
        "row": row,
        "company": title_of(row.gateway),
        "amount": money_of(row),
        "currency": currency,
        "invoices": [*first, *(one for one in found if one.id != row.invoice_id)],
        "clients": _clients(row, text),
        "chosen": chosen,
        "text": text,
    }
    return render_template("payments/match.html", **context), status
