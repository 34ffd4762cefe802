"""Credit notes as programs see them: what of an issued invoice was taken back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from app import clock
from app.database import new_id
from app.errors import Invalid
from app.invoices.models import CreditNote
from app.invoices.printing import pdf_filename
from app.invoices.queries import get_invoice
from app.invoices.queries.creditable import creditable_lines
from app.invoices.rules import move
from app.money import Money, json_money
from app.payments import service
from app.payments.api.note_shapes import (
    CREDIT_NOTE,
    NOTHING,
    CreditIn,
    CreditNoteOut,
    CreditNoteQuery,
    CreditNoteReason,
)
from app.payments.forms import CreditForm, ReverseForm
from app.payments.queries.credit_notes import get_note
from app.payments.queries.note_rows import Note, NoteFilters, TakenBack, TaxBack, list_note_rows, read_note
from app.payments.service.printing import Paper, find_paper, request_paper
from app.web.access import actor
from app.web.api import (
    filled,
    instant,
    made,
    operation,
    paged,
    rooms_api,
    told,
)
from app.web.api.papers import LATER, PDF, paper

blueprint = rooms_api("credit_notes", "/api/billing", "Credit notes")


def _read(note_id: uuid.UUID) -> dict[str, Any]:
    return _written(read_note(current_user.business_id, note_id))


@blueprint.get("/credit-notes/")
@operation(
    "List credit notes",
    role="viewer",
    scope="invoices:read",
    query=CreditNoteQuery,
    gives=CreditNoteOut,
    many=True,
    example={**CREDIT_NOTE, "lines": None, "taxes": None},
)
def list_credit_notes(query: CreditNoteQuery) -> Response:
    """The latest first, unless `sort` says otherwise."""
    filters = NoteFilters(
        text=query.q,
        status=query.status,
        client_id=query.customer_id,
        invoice_id=query.invoice_id,
        currency=query.currency.upper(),
        number=query.number,
        issued_from=query.issued_from,
        issued_to=query.issued_to,
        with_credit=query.with_credit,
        updated_since=query.updated_since,
        sort=query.sort,
    )
    return paged(list_note_rows(current_user.business_id, filters, query.walk), query, _written)


@blueprint.get("/credit-notes/<uuid:note_id>/")
@operation("Read a credit note", role="viewer", scope="invoices:read", gives=CreditNoteOut, example=CREDIT_NOTE)
def read_credit_note(note_id: uuid.UUID) -> Response:
    """With what it takes back of each line and each tax."""
    return told(_read(note_id))


@blueprint.get("/credit-notes/<uuid:note_id>/pdf/")
@operation("Get the PDF of a credit note", role="viewer", scope="invoices:read", media=PDF, also=LATER)
def get_credit_note_pdf(note_id: uuid.UUID) -> Response:
    """As its customer gets it. One that was never drawn, or says something else by now, is drawn first."""
    note = get_note(current_user.business_id, note_id)
    wanted, name = Paper(note.business_id, "credit_note", note_id), pdf_filename(note.number)
    return paper(lambda: find_paper(wanted), lambda: request_paper(wanted, now=clock.now()), name)


@blueprint.post("/invoices/<uuid:invoice_id>/credit/")
@operation(
    "Credit an invoice",
    role="staff",
    scope="invoices:write",
    takes=CreditIn,
    gives=CreditNoteOut,
    status=201,
    example=CREDIT_NOTE,
    takes_example={"reason": "Two days without service"},
)
def credit_invoice(invoice_id: uuid.UUID, body: CreditIn) -> Response:
    """Issues a credit note over parts of its lines, or all that is left of it. It is the customer's credit, and settles
    this invoice first."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    move(invoice.status, "credit")
    lines = creditable_lines(invoice.business_id, invoice_id)
    reason, amounts = _typed(body, invoice.currency, {line.id: line.left_minor for line in lines})
    try:
        note = service.credit_invoice(actor(), invoice_id, amounts, reason, now=clock.now(), settle=body.settle)
    except Invalid as error:
        error.errors = _by_place(error.errors, [line.id for line in lines], body)
        raise
    where = url_for("credit_notes_api.read_credit_note", note_id=note.id)
    return made(_read(note.id), where, "Credit note issued")


@blueprint.post("/credit-notes/<uuid:note_id>/void/")
@operation(
    "Void a credit note",
    role="staff",
    scope="invoices:write",
    takes=CreditNoteReason,
    gives=CreditNoteOut,
    example={**CREDIT_NOTE, "status": "void", "void_reason": "Typed twice", "settled": NOTHING},
    takes_example={"reason": "Typed twice"},
    versioned=_read,
    holds=CreditNote,
)
def void_credit_note(note_id: uuid.UUID, body: CreditNoteReason) -> Response:
    """It keeps its number, and what it settled is owed again. Only the newest of an invoice, and none that was given
    back in money."""
    reason = filled(ReverseForm, body.model_dump()).reason.data
    service.void_note(actor(), note_id, reason, now=clock.now())
    return told(_read(note_id), "Voided")


def _typed(body: CreditIn, currency: str, left: dict[uuid.UUID, int]) -> tuple[str, dict[uuid.UUID, int]]:
    """Why, and {line: minor units}. Raises Invalid."""
    lines = [{"line": line.line_id, "amount": line.amount} for line in body.lines or ()]
    strange = {
        f"lines.{place}.line_id": ["There is no such line on this invoice."]
        for place, line in enumerate(lines)
        if line["line"] not in left
    }
    twice = len({line["line"] for line in lines}) < len(lines)
    if strange or twice:
        raise Invalid(strange or {"lines": ["Give each line once."]})
    typed = {"note_id": new_id(), "reason": body.reason, "use": "settle" if body.settle else "keep", "lines": lines}
    form = filled(CreditForm, typed, names={"line": "line_id"}, prepare=lambda form: form.prepare(currency))
    everything = {line_id: minor for line_id, minor in left.items() if minor}
    return form.reason.data, everything if body.lines is None else form.amounts()


def _by_place(errors: dict[str, list[str]], ids: list[uuid.UUID], body: CreditIn) -> dict[str, list[str]]:
    """Paths that count the invoice's lines, as the lines of the body count."""
    places = {line.line_id: place for place, line in enumerate(body.lines or ())}
    found = {}
    for path, said in errors.items():
        head, _, rest = path.partition(".")
        position, _, name = rest.partition(".")
        place = places.get(ids[int(position)]) if head == "lines" and name else None
        found[path if place is None else f"lines.{place}.{name}"] = said
    return found


def _written(note: Note) -> dict[str, Any]:
    row = note.row

    def money(minor: int) -> Any:
        return json_money(Money(minor, row.currency))

    used = 0 if row.status == "void" else row.total_minor - row.unallocated_minor - row.refunded_minor
    lines, taxes = note.lines, note.taxes
    return {
        "id": str(row.id),
        "number": row.number,
        "status": row.status,
        "invoice_id": str(row.invoice_id),
        "invoice_number": row.invoice_number,
        "customer_id": str(row.client_id),
        "customer_name": row.buyer_name,
        "currency": row.currency,
        "issue_date": row.issue_date.isoformat(),
        "reason": row.reason,
        "net": money(row.net_minor),
        "tax": money(row.tax_minor),
        "total": money(row.total_minor),
        "settled": money(used),
        "left": money(row.unallocated_minor),
        "given_back": money(row.refunded_minor),
        "lines": None if lines is None else [_line(line, money) for line in lines],
        "taxes": None if taxes is None else [_tax(tax, money) for tax in taxes],
        "issued_at": instant(row.issued_at),
        "voided_at": instant(row.voided_at),
        "void_reason": row.void_reason,
        "updated_at": instant(row.updated_at),
        "version": row.version,
    }


def _line(line: TakenBack, money: Any) -> dict[str, Any]:
    return {
        "line_id": str(line.line_id),
        "description": line.title,
        "net": money(line.net_minor),
        "tax": money(line.tax_minor),
        "total": money(line.total_minor),
    }


def _tax(tax: TaxBack, money: Any) -> dict[str, Any]:
    return {"name": tax.name, "rate": f"{tax.rate.normalize():f}", "amount": money(tax.amount_minor)}
