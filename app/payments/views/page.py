"""One payment: what it settled, undoing it, and using what is left of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from app import clock
from app.auth.queries import timeline
from app.auth.rules import at_least
from app.clients.queries import get_client
from app.errors import Conflict, NotFound
from app.invoices.rules import refuse_written_off
from app.invoices.timeline import moments
from app.money import Money
from app.payments import queries, service
from app.payments.errors import AlreadyReversed, GatewayHoldsIt
from app.payments.forms import ApplyForm, ReverseForm
from app.payments.models import Payment, Refund
from app.payments.queries import lists
from app.payments.queries.credit_notes import refunds_of
from app.payments.queries.disputes import disputes_of
from app.payments.service.refunding import GIVEN_BACK
from app.payments.views import blueprint
from app.payments.views.listing import METHOD_NAMES
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import money


@blueprint.get("/payments/<uuid:payment_id>/")
@requires("viewer")
def show(payment_id: uuid.UUID) -> ResponseReturnValue:
    """The payment with everything that happened to it."""
    return _draw(payment_id, ApplyForm(formdata=None))


@blueprint.get("/payments/<uuid:payment_id>/reverse/")
@requires("staff")
def reverse_form(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Say what undoing does, and ask why."""
    return _asking(payment_id, ReverseForm())


@blueprint.post("/payments/<uuid:payment_id>/reverse/")
@requires("staff")
def reverse(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Undo a wrong entry by an opposite one."""
    form = ReverseForm()
    queries.get_payment(current_user.business_id, payment_id)
    if not form.validate():
        return _asking(payment_id, form, 422)
    payment = service.reverse_payment(actor(), payment_id, form.reason.data, now=clock.now())
    undone = money(Money(payment.amount_minor, payment.currency))
    return htmx.redirect_to(url_for("payments.show", payment_id=payment_id), f"{undone} undone.")


@blueprint.post("/payments/<uuid:payment_id>/apply/")
@requires("staff")
def apply(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Settle an open invoice from what is left of the payment."""
    payment = queries.get_payment(current_user.business_id, payment_id)
    form = _with_choices(ApplyForm(), payment)
    if not form.validate():
        return _draw(payment_id, form, 422)
    currency, invoice_id = payment.currency, uuid.UUID(form.invoice.data)
    taken = service.apply_credit(actor(), payment_id, invoice_id, now=clock.now())
    came_from_invoice = request.form.get("back") == "invoice"
    back = url_for("invoices.show", invoice_id=invoice_id) if came_from_invoice else None
    said = f"{money(Money(taken, currency))} of the credit used."
    return htmx.redirect_to(back or url_for("payments.show", payment_id=payment_id), said)


@blueprint.get("/payments/<uuid:payment_id>/take-off/<uuid:part_id>/")
@requires("staff")
def take_off_form(payment_id: uuid.UUID, part_id: uuid.UUID) -> ResponseReturnValue:
    """Say what taking this use of the payment off an invoice does, and ask."""
    part = _part(payment_id, part_id)
    refuse_written_off(part.status, part.number, "take the credit off")
    amount = money(part.amount)
    sentences = (
        f"{part.number} will owe {amount} again, and {amount} of the payment is the client's credit again.",
        "The payment itself stays. To undo all of it, open it and undo the payment there.",
    )
    context = {"title": f"Take {amount} off {part.number}?", "sentences": sentences, "verb": "Take it off"}
    back = url_for("invoices.show", invoice_id=part_id)
    action = url_for("payments.take_off", payment_id=payment_id, part_id=part_id)
    return render_template("shared/confirm.html", back=back, action=action, **context)


@blueprint.post("/payments/<uuid:payment_id>/take-off/<uuid:part_id>/")
@requires("staff")
def take_off(payment_id: uuid.UUID, part_id: uuid.UUID) -> ResponseReturnValue:
    """Let the invoice owe again what the payment settled of it."""
    part = _part(payment_id, part_id)
    minor = service.take_off(actor(), payment_id, part_id, now=clock.now())
    taken = money(Money(minor, part.amount.currency))
    return htmx.redirect_to(url_for("invoices.show", invoice_id=part_id), f"{taken} is credit again.")


def _part(payment_id: uuid.UUID, invoice_id: uuid.UUID) -> lists.Part:
    """What a payment settles of an invoice. Raises NotFound when that is nothing."""
    queries.get_payment(current_user.business_id, payment_id)
    parts = lists.parts_of(current_user.business_id, [payment_id])[payment_id]
    found = next((part for part in parts if part.invoice_id == invoice_id), None)
    if found is None:
        raise NotFound
    return found


def _draw(payment_id: uuid.UUID, form: ApplyForm, status: int = 200) -> ResponseReturnValue:
    business_id = current_user.business_id
    payment = queries.get_payment(business_id, payment_id)
    parts = lists.parts_of(business_id, [payment_id])[payment_id]
    told = moments(timeline(business_id, "payment", payment_id), current_user.locale)
    row = lists.PaymentRow(payment, get_client(business_id, payment.client_id).name, tuple(parts))
    refunds = refunds_of(business_id, payment_id)
    context = {
        "row": row,
        "standing": _standing(row, refunds),
        "payment": payment,
        "disputes": disputes_of(business_id, payment_id, clock.today(current_user.timezone)),
        "refunds": [(one, Money(one.amount_minor, one.currency)) for one in refunds],
        "form": _with_choices(form, payment),
        "method": METHOD_NAMES.get(payment.method, METHOD_NAMES["other"]),
        "moments": [asdict(moment) for moment in told],
        "may_act": at_least(current_user.role, "staff"),
    }
    return render_template("payments/show.html", **context), status


def _standing(row: lists.PaymentRow, refunds: Sequence[Refund]) -> tuple[str, str]:
    """The ring and the words beside the amount: what became of the money."""
    payment = row.payment
    if payment.reversed_at is not None:
        return "void", "Undone"
    if row.left.minor:
        return "part", f"{money(row.left)} credit left"
    back = [one for one in refunds if one.state not in GIVEN_BACK]
    words = "taken back" if any(one.kind == "dispute" for one in back) else "given back"
    if back and row.parts:
        return "part", f"{money(Money(payment.refunded_minor, payment.currency))} {words}"
    return ("void", words.capitalize()) if back else ("paid", "Used")


def _with_choices(form: ApplyForm, payment: Payment) -> ApplyForm:
    """Offer the client's open invoices that the rest of a payment can settle."""
    found = []
    if payment.unallocated_minor:
        found = lists.open_invoices(payment.business_id, payment.client_id, payment.currency)
    form.invoice.choices = [
        SelectChoice(str(row.id), f"{row.number}, {money(Money(row.balance_minor, row.currency))} due") for row in found
    ]
    return form


def _asking(payment_id: uuid.UUID, form: ReverseForm, status: int = 200) -> ResponseReturnValue:
    payment = queries.get_payment(current_user.business_id, payment_id)
    refusal: Conflict | None = None
    if payment.reversed_at is not None:
        refusal = AlreadyReversed()
    elif payment.gateway is not None:
        refusal = GatewayHoldsIt()
    if refusal:
        raise refusal
    parts = lists.parts_of(payment.business_id, [payment.id])[payment.id]
    for part in parts:
        refuse_written_off(part.status, part.number, "undo the payment")
    context = {"title": "Undo this payment?", "verb": "Undo it", "sentences": _consequences(payment, parts)}
    back, action = url_for("payments.show", payment_id=payment_id), url_for("payments.reverse", payment_id=payment_id)
    return render_template("shared/confirm.html", form=form, back=back, action=action, **context), status


def _consequences(payment: Payment, parts: list[lists.Part]) -> list[str]:
    amount = money(Money(payment.amount_minor, payment.currency))
    said = [f"{part.number} will owe {money(part.amount)} again." for part in parts]
    if payment.unallocated_minor:
        left = money(Money(payment.unallocated_minor, payment.currency))
        said.append(f"{left} of it is the client's credit and will be gone.")
    said.append(f"Nothing is deleted: an opposite entry over {amount} is booked today, and both stay in the timeline.")
    return said
