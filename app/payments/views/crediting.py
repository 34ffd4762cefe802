"""Crediting an invoice, and beginning to revise one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.database import new_id
from app.errors import Conflict, Invalid
from app.invoices.models import Invoice
from app.invoices.queries import get_invoice
from app.invoices.queries.creditable import CreditableLine, creditable_lines
from app.invoices.rules import move
from app.invoices.service.revising import begin_revision
from app.money import Money
from app.payments import service
from app.payments.errors import FormUsed
from app.payments.forms import CreditForm, ReverseForm
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.filters import money


@blueprint.get("/invoices/<uuid:invoice_id>/credit/")
@requires("staff")
def credit_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """The lines with what is left of each, all of it filled in."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    move(invoice.status, "credit")
    lines = creditable_lines(invoice.business_id, invoice.id)
    rows = [
        {"line": line.id, "amount": _money(line.left_minor, invoice) if line.left_minor else None} for line in lines
    ]
    form = CreditForm(formdata=None, data={"note_id": new_id(), "use": "settle", "lines": rows})
    return _page(form.prepare(invoice.currency), invoice, lines)


@blueprint.post("/invoices/<uuid:invoice_id>/credit/")
@requires("staff")
def credit(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Issue the credit note."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    move(invoice.status, "credit")
    form = CreditForm().prepare(invoice.currency)
    if not form.validate():
        return _page(form, invoice, creditable_lines(invoice.business_id, invoice.id), 422)
    settle = form.use.data == "settle"
    try:
        note = service.credit_invoice(
            actor(),
            invoice_id,
            form.amounts(),
            form.reason.data,
            now=clock.now(),
            settle=settle,
            note_id=form.note_id.data,
        )
    except (Invalid, FormUsed) as error:
        _show(form, error)
        invoice = get_invoice(current_user.business_id, invoice_id)
        return _page(form, invoice, creditable_lines(invoice.business_id, invoice_id), 422)
    said = f"{note.number} over {money(Money(note.total_minor, note.currency))} issued."
    return htmx.redirect_to(url_for("payments.credit_note", note_id=note.id), said)


@blueprint.get("/invoices/<uuid:invoice_id>/credit/sum/")
@requires("staff")
def credit_sum(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """What the amounts typed so far come to, in words."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    form = CreditForm(formdata=request.args, meta={"csrf": False}).prepare(invoice.currency)
    form.validate()
    return render_template("payments/_credit_sum.html", **_sum(form, invoice))


@blueprint.get("/invoices/<uuid:invoice_id>/revise/")
@requires("staff")
def revise_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Say what revising does, and ask why."""
    return _ask_revise(invoice_id, ReverseForm())


@blueprint.post("/invoices/<uuid:invoice_id>/revise/")
@requires("staff")
def revise(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Open the draft that will take the place of this invoice."""
    get_invoice(current_user.business_id, invoice_id)
    form = ReverseForm()
    if not form.validate_on_submit():
        return _ask_revise(invoice_id, form, 422)
    draft_id = begin_revision(actor(), invoice_id, form.reason.data, now=clock.now())
    return htmx.redirect_to(url_for("invoices.edit", invoice_id=draft_id), "Change what is wrong, then issue it.")


def _ask_revise(invoice_id: uuid.UUID, form: ReverseForm, status: int = 200) -> ResponseReturnValue:
    invoice = get_invoice(current_user.business_id, invoice_id)
    move(invoice.status, "revise")
    sentences = (
        "A draft with the same lines opens. Change what is wrong and issue it.",
        f"Only then is {invoice.number} credited, by a credit note of its own. As much as is paid on it then becomes "
        "credit, which settles the new invoice if that is for the same client in the same currency; the rest is kept.",
        "Until then nothing changes, and a draft that is thrown away leaves no trace.",
    )
    context = {"title": f"Revise {invoice.number}?", "sentences": sentences, "verb": "Open the draft", "danger": False}
    back, action = url_for("invoices.show", invoice_id=invoice_id), url_for("payments.revise", invoice_id=invoice_id)
    page = render_template("shared/confirm.html", form=form, back=back, action=action, keep="Not now", **context)
    return page, status


def _show(form: CreditForm, error: Invalid | Conflict) -> None:
    """A refusal beside the line it names, or on top."""
    if not isinstance(error, Invalid):
        form.form_errors.append(str(error))
        form.note_id.data, form.note_id.raw_data = new_id(), None
        return
    for path, sentences in error.errors.items():
        parts = path.split(".")
        if len(parts) == 3 and int(parts[1]) < len(form.lines):
            field = form.lines[int(parts[1])].form.amount
            field.errors = [*field.errors, *sentences]
            form.lines.errors = [entry.form.errors for entry in form.lines]
        elif path == "lines":
            form.form_errors.extend(sentences)
        else:
            refuse(form, Invalid({path: sentences}))


def _sum(form: CreditForm, invoice: Invoice) -> dict[str, Any]:
    total = sum(minor for minor in form.amounts().values() if minor > 0)
    owed = invoice.balance_minor
    settles = min(total, owed) if form.use.data == "settle" else 0
    return {
        "invoice": invoice,
        "total": _money(min(total, invoice.total_minor), invoice),
        "owes": _money(owed - settles, invoice),
        "keeps": _money(min(total, invoice.total_minor) - settles, invoice),
    }


def _page(form: CreditForm, invoice: Invoice, lines: list[CreditableLine], status: int = 200) -> ResponseReturnValue:
    left = [_money(line.left_minor, invoice) for line in lines]
    context = {"form": form, "rows": list(zip(lines, form.lines, left, strict=False)), **_sum(form, invoice)}
    return render_template("payments/credit.html", **context), status


def _money(minor: int, invoice: Invoice) -> Money:
    return Money(minor, invoice.currency)
