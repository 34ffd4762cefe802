"""Writing down money that came, and moving it from invoice to invoice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.queries import get_business
from app.clients.models import Client
from app.clients.queries import find_client
from app.database import new_id
from app.errors import Invalid, NotFound
from app.invoices.models import Invoice
from app.invoices.queries import find_invoice, get_invoice
from app.payments import service
from app.payments.api import blueprint
from app.payments.api.payments import read
from app.payments.api.shapes import (
    CUSTOMER_ID,
    INVOICE_ID,
    PAYMENT,
    ByHand,
    PaymentOut,
    minor_of,
    today,
)
from app.payments.errors import NotPayable
from app.payments.forms import MOST_AT_ONCE, ManyForm, PayForm
from app.payments.models import Payment
from app.payments.queries import get_payment
from app.payments.queries.lists import invoices_of, open_invoices
from app.payments.rules import oldest_first
from app.web.access import actor
from app.web.api import Amount, Currency, In, Rate, filled, made, operation, told


class _Received(In):
    """How and when money came."""

    method: ByHand = "other"
    received_on: date | None = Field(None, description="Today at the business when it is left out.")
    rate: Rate | None = Field(None, description="What one unit of its currency was worth in that of the business.")
    reference: str = Field("", max_length=120)
    note: str = Field("", max_length=300)


class PayIn(_Received):
    """Money for an invoice. With nothing said, all that it still needs came today."""

    amount: Amount | None = Field(None, description="All that the invoice still needs when it is left out.")


class AllocationIn(In):
    """How much of a payment an invoice gets. It takes no more than it still needs."""

    invoice_id: uuid.UUID
    amount: Amount


class PaymentIn(_Received):
    """Money from a customer, for one invoice or several."""

    customer_id: uuid.UUID
    amount: Amount
    currency: Currency = Field("", description="That of the customer, or of the business, when left out.")
    allocations: list[AllocationIn] | None = Field(
        None, max_length=MOST_AT_ONCE, min_length=1, description="The oldest open invoices first when it is left out."
    )


class AllocateIn(In):
    """Which invoice what is left of a payment settles, and how much of it at most."""

    invoice_id: uuid.UUID
    amount: Amount | None = None


class ReleaseIn(In):
    """Off which invoice a payment is taken."""

    invoice_id: uuid.UUID


def _made(payment: Payment) -> Response:
    return made(read(payment.id), url_for("payments_api.read_payment", payment_id=payment.id), "Recorded")


@blueprint.post("/billing/invoices/<uuid:invoice_id>/pay/")
@operation(
    "Record a payment of an invoice",
    role="staff",
    scope="payments:write",
    takes=PayIn,
    gives=PaymentOut,
    status=201,
    example=PAYMENT,
    takes_example={"amount": "1000.00", "method": "cash", "received_on": "2026-11-20"},
)
def pay_invoice(invoice_id: uuid.UUID, body: PayIn) -> Response:
    """Books money that came by hand. An empty body books the whole balance, received today; more than the balance
    becomes the customer's credit. No money is asked of anybody."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    values = {**_received(body), "amount": body.amount, "payment_id": new_id(), "invoice": invoice_id}
    form = filled(PayForm, values, prepare=lambda form: form.prepare(invoice.currency))
    method, received_on = form.method.data, form.received_on.data
    said = {"reference": form.reference.data, "note": form.note.data, "rate": form.rate.data}
    if form.amount.data is None:
        booked = service.record_balance(actor(), invoice_id, method, received_on, now=clock.now(), **said)
    else:
        amount = form.amount.data
        booked = service.record_payment(actor(), invoice_id, amount, method, received_on, now=clock.now(), **said)
    return _made(booked)


def _received(body: _Received) -> dict[str, Any]:
    """How and when money came, as the forms take it."""
    said = body.model_dump(include={"method", "rate", "reference", "note"})
    return {**said, "received_on": body.received_on or today()}


@blueprint.post("/billing/payments/")
@operation(
    "Record a payment of a customer",
    role="staff",
    scope="payments:write",
    takes=PaymentIn,
    gives=PaymentOut,
    status=201,
    example=PAYMENT,
    takes_example={"customer_id": CUSTOMER_ID, "amount": "1000.00", "method": "transfer", "reference": "GTB 4711"},
)
def record_payment(body: PaymentIn) -> Response:
    """Spreads it over invoices as `allocations` say, else over the open ones, the oldest first; what they do not need
    becomes the customer's credit. Each invoice may stand there once, and all are in the currency of the payment."""
    return _made(book(body))


def book(body: PaymentIn) -> Payment:
    """The payment, written down. Raises Invalid, and what the service raises."""
    client = find_client(current_user.business_id, body.customer_id)
    if client is None:
        raise Invalid("customer_id", "There is no such customer.")
    currency = body.currency.upper() or client.currency or get_business(client.business_id).currency
    form = _many(body, currency)
    shares = _as_said(client, body.allocations, currency) if body.allocations else _oldest(client, form)
    said = (form.reference.data, form.note.data, form.rate.data)
    money = service.Told(form.amount.data, form.method.data, form.received_on.data, *said)
    return service.record_money(actor(), shares, money, now=clock.now())


def _many(body: PaymentIn, currency: str) -> ManyForm:
    values = {**_received(body), "amount": body.amount, "currency": currency}
    values |= {"payment_id": new_id(), "client": body.customer_id}
    names = {"client": "customer_id"}
    return filled(ManyForm, values, names=names, prepare=lambda form: form.prepare(currency))


def _as_said(client: Client, wanted: Sequence[AllocationIn], currency: str) -> dict[uuid.UUID, int]:
    """{invoice: minor units}. Raises Invalid for invoices that are none of the customer's, and for one that is there
    twice."""
    known = {one.id for one in invoices_of(client.business_id, client.id, [one.invoice_id for one in wanted])}
    found: dict[uuid.UUID, int] = {}
    for place, one in enumerate(wanted):
        path = f"allocations.{place}"
        if one.invoice_id not in known:
            raise Invalid(f"{path}.invoice_id", "There is no such invoice of this customer.")
        if one.invoice_id in found:
            raise Invalid(f"{path}.invoice_id", "This invoice is there twice.")
        found[one.invoice_id] = minor_of(one.amount, currency, f"{path}.amount")
    return found


def _oldest(client: Client, form: ManyForm) -> dict[uuid.UUID, int]:
    money = form.amount.data
    invoices = open_invoices(client.business_id, client.id, money.currency, MOST_AT_ONCE)
    if not invoices:
        raise Invalid("amount", f"This customer has no open invoice in {money.currency}.")
    shares = oldest_first(money.minor, [invoice.balance_minor for invoice in invoices])
    return {invoice.id: share for invoice, share in zip(invoices, shares, strict=True) if share}


@blueprint.post("/billing/payments/<uuid:payment_id>/allocate/")
@operation(
    "Use what is left of a payment",
    role="staff",
    scope="payments:write",
    takes=AllocateIn,
    gives=PaymentOut,
    example=PAYMENT,
    takes_example={"invoice_id": INVOICE_ID, "amount": "500.00"},
)
def allocate_payment(payment_id: uuid.UUID, body: AllocateIn) -> Response:
    """Settles an open invoice of the same customer from it: as much as is left and the invoice needs, or less with
    `amount`. To move money, take it off one invoice first."""
    payment = get_payment(current_user.business_id, payment_id)
    invoice = invoice_for(payment.client_id, body.invoice_id)
    minor = None if body.amount is None else minor_of(body.amount, payment.currency)
    if not service.apply_credit(actor(), payment_id, invoice.id, now=clock.now(), amount_minor=minor):
        raise NotPayable
    return told(read(payment_id), "Used")


def invoice_for(client_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    """The invoice that a body names. Raises Invalid unless it is the customer's."""
    found = find_invoice(current_user.business_id, invoice_id)
    if found is None or found.client_id != client_id:
        raise Invalid("invoice_id", "There is no such invoice of this customer.")
    return found


@blueprint.post("/billing/payments/<uuid:payment_id>/release/")
@operation(
    "Take a payment off an invoice",
    role="staff",
    scope="payments:write",
    takes=ReleaseIn,
    gives=PaymentOut,
    example={**PAYMENT, "left": PAYMENT["amount"], "allocations": [], "state": "credit_left"},
    takes_example={"invoice_id": INVOICE_ID},
)
def release_payment(payment_id: uuid.UUID, body: ReleaseIn) -> Response:
    """The invoice owes again what the payment settled of it, and the payment keeps that as credit."""
    get_payment(current_user.business_id, payment_id)
    try:
        service.take_off(actor(), payment_id, body.invoice_id, now=clock.now())
    except NotFound:
        raise Invalid("invoice_id", "This payment settles nothing of such an invoice.") from None
    return told(read(payment_id), "Taken off")
