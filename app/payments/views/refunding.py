"""Giving money back, from a payment or a credit note, and undoing a wrong entry."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.database import new_id
from app.errors import Invalid
from app.invoices.models import CreditNote
from app.money import Money
from app.payments import queries, service
from app.payments.errors import AlreadyReversed, FormUsed, NotUndoable
from app.payments.forms import METHODS, THROUGH, RefundForm, ReverseForm
from app.payments.models import Payment
from app.payments.queries.credit_notes import get_note, get_refund, source_address, ways_back
from app.payments.queries.lists import parts_of
from app.payments.registry import title_of
from app.payments.service.books import Source
from app.payments.service.refunding import GIVEN_BACK, GivenBack, refundable
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import day_words, money


@blueprint.get("/payments/<uuid:payment_id>/refund/")
@requires("staff")
def refund_form(payment_id: uuid.UUID) -> ResponseReturnValue:
    """The form, with the payment's credit filled in, or all of it."""
    return _ask(queries.get_payment(current_user.business_id, payment_id))


@blueprint.post("/payments/<uuid:payment_id>/refund/")
@requires("staff")
def give_back(payment_id: uuid.UUID) -> ResponseReturnValue:
    """Book what was given back of a payment."""
    return _book(queries.get_payment(current_user.business_id, payment_id))


@blueprint.get("/credit-notes/<uuid:note_id>/refund/")
@requires("staff")
def refund_note_form(note_id: uuid.UUID) -> ResponseReturnValue:
    """The form, with what is left of the credit note filled in."""
    return _ask(get_note(current_user.business_id, note_id))


@blueprint.post("/credit-notes/<uuid:note_id>/refund/")
@requires("staff")
def give_back_note(note_id: uuid.UUID) -> ResponseReturnValue:
    """Book what was given back of a credit note."""
    return _book(get_note(current_user.business_id, note_id))


@blueprint.get("/refunds/<uuid:refund_id>/undo/")
@requires("staff")
def undo_refund_form(refund_id: uuid.UUID) -> ResponseReturnValue:
    """Say what undoing does, and ask why."""
    return _ask_undo(refund_id, ReverseForm())


@blueprint.post("/refunds/<uuid:refund_id>/undo/")
@requires("staff")
def undo_refund(refund_id: uuid.UUID) -> ResponseReturnValue:
    """Undo a wrong entry."""
    row = get_refund(current_user.business_id, refund_id)
    form = ReverseForm()
    if not form.validate_on_submit():
        return _ask_undo(refund_id, form, 422)
    back, amount = source_address(row), Money(row.amount_minor, row.currency)
    service.undo_refund(actor(), refund_id, form.reason.data, now=clock.now())
    return htmx.redirect_to(back, f"{money(amount)} is credit again.")


def _ask_undo(refund_id: uuid.UUID, form: ReverseForm, status: int = 200) -> ResponseReturnValue:
    row = get_refund(current_user.business_id, refund_id)
    if row.gateway is not None:
        raise NotUndoable
    if row.state in GIVEN_BACK:
        raise AlreadyReversed("This refund was undone before.")
    amount = money(Money(row.amount_minor, row.currency))
    sentences = (
        f"{amount} did not leave after all: it is the client's credit again.",
        "Nothing is deleted: an opposite entry is booked today, and both stay in the timeline.",
    )
    context = {"title": "Undo this refund?", "sentences": sentences, "verb": "Undo it"}
    action = url_for("payments.undo_refund", refund_id=refund_id)
    return render_template("shared/confirm.html", form=form, back=source_address(row), action=action, **context), status


def _ask(source: Source) -> ResponseReturnValue:
    if not refundable(source):
        raise AlreadyReversed("Nothing of it is left to give back.")
    left = source.unallocated_minor or refundable(source)
    data = {
        "refund_id": new_id(),
        "amount": Money(left, source.currency),
        "method": source.method if isinstance(source, Payment) and source.gateway is None else "transfer",
        "on_date": clock.today(current_user.timezone),
    }
    ways = _ways(source)
    if ways:
        data["method"] = THROUGH + str(ways[0][0])
    return _page(RefundForm(formdata=None, data=data).prepare(source.currency).offer(ways), source)


def _book(source: Source) -> ResponseReturnValue:
    form = RefundForm().prepare(source.currency).offer(_ways(source))
    if not form.validate():
        return _page(form, source, 422)
    through = form.through()
    method, on_date = (
        ("gateway", clock.today(current_user.timezone)) if through else (form.method.data, form.on_date.data)
    )
    told = GivenBack(form.amount.data, method, on_date, form.reason.data, form.reference.data, through)
    kind, source_id = _kind(source), source.id
    try:
        service.refund(actor(), kind, source_id, told, now=clock.now(), refund_id=form.refund_id.data)
    except (Invalid, FormUsed) as error:
        if isinstance(error, Invalid):
            refuse(form, error)
        else:
            form.form_errors.append(str(error))
            form.refund_id.data, form.refund_id.raw_data = new_id(), None
        fresh = queries.get_payment if kind == "payment" else get_note
        return _page(form, fresh(current_user.business_id, source_id), 422)
    done = "is on its way back." if through else "given back."
    return htmx.redirect_to(_address(kind, source_id), f"{money(told.amount)} {done}")


def _ways(source: Source) -> list[tuple[uuid.UUID, str]]:
    """Over which online payments it can go back, in words."""
    return [
        (
            one.id,
            f"Back through {title_of(one.gateway)}, payment of {day_words(one.received_on, current_user.locale)}, "
            f"at most {money(Money(room, one.currency))}",
        )
        for one, room in ways_back(source)
    ]


def _kind(source: Source) -> str:
    return "payment" if isinstance(source, Payment) else "credit_note"


def _address(kind: str, source_id: uuid.UUID) -> str:
    if kind == "payment":
        return url_for("payments.show", payment_id=source_id)
    return url_for("payments.credit_note", note_id=source_id)


def _page(form: RefundForm, source: Source, status: int = 200) -> ResponseReturnValue:
    parts = parts_of(source.business_id, [source.id])[source.id] if isinstance(source, Payment) else []
    context = {
        "form": form,
        "back": _address(_kind(source), source.id),
        "name": source.number if isinstance(source, CreditNote) else "Payment",
        "most": Money(refundable(source), source.currency),
        "left": Money(source.unallocated_minor, source.currency),
        "parts": parts,
        "today": clock.today(current_user.timezone),
        "ways": len(form.method.choices) > len(METHODS),
    }
    return render_template("payments/refund.html", **context), status
