"""The list of credit notes, the page of one, using what is left of it, and voiding it."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from app import clock
from app.auth.queries import timeline
from app.auth.rules import at_least
from app.invoices.errors import CreditUsed
from app.invoices.models import CreditNote
from app.invoices.queries.why_credited import why_credited as explained
from app.invoices.rules import move
from app.invoices.rules.why import Manner
from app.invoices.timeline import moments
from app.money import Money
from app.payments import service
from app.payments.forms import ApplyForm, ReverseForm
from app.payments.queries import lists
from app.payments.queries.credit_notes import NoteFolder, any_note, get_note, list_notes, note_folder
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import money, reader


@blueprint.get("/credit-notes/")
@requires("viewer")
def credit_notes() -> ResponseReturnValue:
    """The list, the latest first."""
    text = " ".join(request.args.get("q", "").split())[:200].replace("\0", "")
    page = list_notes(current_user.business_id, text, request.args.get("cursor"))
    rows = [(note, number, _total(note), _left(note)) for note, number in page.items]
    context = {"page": page, "rows": rows, "text": text, "any": any_note(current_user.business_id)}
    return render_template("payments/credit_notes.html", **context)


@blueprint.get("/credit-notes/<uuid:note_id>/")
@requires("viewer")
def credit_note(note_id: uuid.UUID) -> ResponseReturnValue:
    """The credit note with everything that happened to it."""
    return _draw(note_folder(current_user.business_id, note_id), ApplyForm(formdata=None))


@blueprint.get("/credit-notes/<uuid:note_id>/why/")
@requires("viewer")
def why_credited(note_id: uuid.UUID) -> ResponseReturnValue:
    """Every step from the parts of lines to what is taken back without tax."""
    found = explained(current_user.business_id, note_id, lambda currency: Manner(currency, *reader()))
    back = url_for("payments.credit_note", note_id=note_id)
    return htmx.page_or_fragment("payments/why_credited.html", "invoices/_why.html", why=found, back=back)


@blueprint.post("/credit-notes/<uuid:note_id>/apply/")
@requires("staff")
def apply_note(note_id: uuid.UUID) -> ResponseReturnValue:
    """Settle an open invoice from what is left of the credit note."""
    note = get_note(current_user.business_id, note_id)
    form = _with_choices(ApplyForm(), note)
    if not form.validate():
        return _draw(note_folder(current_user.business_id, note_id), form, 422)
    currency, invoice_id = note.currency, uuid.UUID(form.invoice.data)
    taken = service.apply_credit(actor(), note_id, invoice_id, now=clock.now(), kind="credit_note")
    from_invoice = request.form.get("back") == "invoice"
    back = url_for("invoices.show", invoice_id=invoice_id) if from_invoice else None
    said = f"{money(Money(taken, currency))} of the credit used."
    return htmx.redirect_to(back or url_for("payments.credit_note", note_id=note_id), said)


@blueprint.get("/credit-notes/<uuid:note_id>/void/")
@requires("staff")
def void_note_form(note_id: uuid.UUID) -> ResponseReturnValue:
    """Say what voiding does, and ask why."""
    return _ask_void(note_id, ReverseForm())


@blueprint.post("/credit-notes/<uuid:note_id>/void/")
@requires("staff")
def void_note(note_id: uuid.UUID) -> ResponseReturnValue:
    """Take the credit note back."""
    get_note(current_user.business_id, note_id)
    form = ReverseForm()
    if not form.validate_on_submit():
        return _ask_void(note_id, form, 422)
    note = service.void_note(actor(), note_id, form.reason.data, now=clock.now())
    return htmx.redirect_to(url_for("payments.credit_note", note_id=note_id), f"{note.number} is void")


def _ask_void(note_id: uuid.UUID, form: ReverseForm, status: int = 200) -> ResponseReturnValue:
    folder = note_folder(current_user.business_id, note_id)
    note = folder.note
    move(note.status, "void")
    if note.refunded_minor:
        raise CreditUsed
    sentences = [f"{part.number} will owe {money(part.amount)} again." for part in folder.parts]
    if note.unallocated_minor:
        sentences.append(f"{money(_left(note))} of it is the client's credit and will be gone.")
    sentences.append("It keeps its number, and revenue and tax are booked again, dated today.")
    context = {"title": f"Void {note.number}?", "sentences": sentences, "verb": "Void it"}
    back, action = url_for("payments.credit_note", note_id=note_id), url_for("payments.void_note", note_id=note_id)
    return render_template("shared/confirm.html", form=form, back=back, action=action, **context), status


def _draw(folder: NoteFolder, form: ApplyForm, status: int = 200) -> ResponseReturnValue:
    note = folder.note
    told = moments(timeline(note.business_id, "credit_note", note.id), current_user.locale)
    context = {
        "folder": folder,
        "note_": note,
        "total": _total(note),
        "left": _left(note),
        "net": Money(note.net_minor, note.currency),
        "refunds": [(row, Money(row.amount_minor, row.currency)) for row in folder.refunds],
        "form": _with_choices(form, note),
        "moments": [asdict(moment) for moment in told],
        "may_act": at_least(current_user.role, "staff"),
    }
    return render_template("payments/credit_note.html", **context), status


def _with_choices(form: ApplyForm, note: CreditNote) -> ApplyForm:
    """Offer the client's open invoices that the rest of a credit note can settle."""
    found = []
    if note.unallocated_minor:
        found = lists.open_invoices(note.business_id, note.client_id, note.currency)
    form.invoice.choices = [
        SelectChoice(str(row.id), f"{row.number}, {money(Money(row.balance_minor, row.currency))} due") for row in found
    ]
    return form


def _total(note: CreditNote) -> Money:
    return Money(note.total_minor, note.currency)


def _left(note: CreditNote) -> Money:
    return Money(note.unallocated_minor, note.currency)
