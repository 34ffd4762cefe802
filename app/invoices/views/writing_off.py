"""Writing off what is not going to be paid, and recovering it: each says what it will do and asks why."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.errors import Conflict
from app.invoices import queries
from app.invoices.forms.reason import ReasonForm
from app.invoices.rules import WrongState, move, write_off_move
from app.invoices.service.writing_off import recover, write_off
from app.invoices.views.page import draw_page
from app.invoices.views.room import blueprint
from app.money import Money
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import money


@blueprint.get("/<uuid:invoice_id>/write-off/")
@requires("staff")
def write_off_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Say what is given up, and ask why."""
    return _ask_write_off(invoice_id, ReasonForm())


@blueprint.post("/<uuid:invoice_id>/write-off/")
@requires("staff")
def write_it_off(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Give up what is owed."""
    queries.get_invoice(current_user.business_id, invoice_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask_write_off(invoice_id, form, 422)
    try:
        invoice = write_off(actor(), invoice_id, form.reason.data, now=clock.now())
    except Conflict as error:
        return draw_page(invoice_id, error.status, str(error))
    return htmx.redirect_to(_page(invoice_id), f"{invoice.number} is written off")


@blueprint.get("/<uuid:invoice_id>/recover/")
@requires("staff")
def recover_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Say what is owed again, and ask why."""
    return _ask_recover(invoice_id, ReasonForm())


@blueprint.post("/<uuid:invoice_id>/recover/")
@requires("staff")
def recover_it(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Let it owe again what was written off."""
    queries.get_invoice(current_user.business_id, invoice_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask_recover(invoice_id, form, 422)
    try:
        invoice = recover(actor(), invoice_id, form.reason.data, now=clock.now())
    except Conflict as error:
        return draw_page(invoice_id, error.status, str(error))
    return htmx.redirect_to(_page(invoice_id), f"{invoice.number} is owed again")


def _ask_write_off(invoice_id: uuid.UUID, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    try:
        write_off_move(invoice.status, invoice.balance_minor)
    except WrongState as refused:
        return draw_page(invoice_id, refused.status, str(refused))
    owed = money(Money(invoice.balance_minor, invoice.currency))
    sentences = (
        f"{owed} leaves what is owed to you and stands in the books as bad debt, dated today.",
        "The client's page asks for nothing any more. If they pay online all the same, it is kept as their credit.",
        "You can recover it at any time, and have to before you record a payment for it by hand.",
    )
    question = {"title": f"Write off {invoice.number}?", "sentences": sentences, "verb": "Write it off", "danger": True}
    return _ask(invoice_id, "invoices.write_it_off", question, form), status


def _ask_recover(invoice_id: uuid.UUID, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    try:
        move(invoice.status, "recover")
    except WrongState as refused:
        return draw_page(invoice_id, refused.status, str(refused))
    owed = money(Money(invoice.written_off_minor, invoice.currency))
    sentences = (
        f"{owed} is owed to you again and leaves bad debt, dated today.",
        "The client's page asks for it again, and payments and credit can settle it.",
    )
    question = {"title": f"Recover {invoice.number}?", "sentences": sentences, "verb": "Recover it", "danger": False}
    return _ask(invoice_id, "invoices.recover_it", question, form), status


def _ask(invoice_id: uuid.UUID, endpoint: str, question: dict[str, Any], form: ReasonForm) -> str:
    ways = {"action": url_for(endpoint, invoice_id=invoice_id), "back": _page(invoice_id), "keep": "Not now"}
    return render_template("shared/confirm.html", **question, **ways, form=form)


def _page(invoice_id: uuid.UUID) -> str:
    return url_for("invoices.show", invoice_id=invoice_id)
