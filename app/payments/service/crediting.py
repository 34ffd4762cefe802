"""Crediting an invoice and what the credit is for; revising one: a credit note and its new invoice in one action."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import in_transaction, locked, transactional
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries import business_today
from app.invoices.service import crediting
from app.payments.errors import FormUsed
from app.payments.service import books, credit


def credit_invoice(
    actor: Actor,
    invoice_id: uuid.UUID,
    amounts: Mapping[uuid.UUID, int],
    reason: str,
    *,
    now: datetime,
    settle: bool = True,
    note_id: uuid.UUID | None = None,
) -> CreditNote:
    """Credit parts of an invoice: {line id: minor units, tax included}; with `settle` the credit pays that one first.

    `note_id` is the form's own id: sending the same form twice credits once. Raises NotFound, WrongState, Invalid, and
    FormUsed when that form says something else by now.
    """
    try:
        return _credit(actor, invoice_id, amounts, reason, settle, note_id, now)
    except IntegrityError:
        if in_transaction():
            raise
        return _credit(actor, invoice_id, amounts, reason, settle, note_id, now)


@transactional
def _credit(
    actor: Actor,
    invoice_id: uuid.UUID,
    amounts: Mapping[uuid.UUID, int],
    reason: str,
    settle: bool,
    note_id: uuid.UUID | None,
    now: datetime,
) -> CreditNote:
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    known = db.session.get(CreditNote, (actor.business_id, note_id)) if note_id else None
    if known is not None:
        said = (invoice_id, sum(amounts.values()), reason)
        if known.status == "void" or (known.invoice_id, known.total_minor, known.reason) != said:
            raise FormUsed
        return known
    note = crediting.issue_credit_note(actor, invoice_id, amounts, reason, now=now, note_id=note_id)
    if settle and invoice is not None:
        credit.settle_from(actor, note, invoice, note.total_minor, now)
    return note


@transactional
def void_note(actor: Actor, note_id: uuid.UUID, reason: str, *, now: datetime) -> CreditNote:
    """Take a credit note back: what it settled is owed again. Raises as `void_credit_note` does, WrongState while
    an invoice it settles is written off, and Conflict where a room above says that it stays
    (`duely_note_may_be_voided`)."""
    actor.require("staff")
    note = books.held_with_invoices(CreditNote, actor.business_id, note_id)
    for listener in current_app.extensions.get("duely_note_may_be_voided", ()):
        listener(actor.business_id, note.invoice_id)
    today = business_today(get_business(actor.business_id), now)
    for invoice_id, amount in sorted(books.allocated(note).items()):
        books.release(note, invoice_id, amount, today, now)
        facts = {"amount_minor": amount, "currency": note.currency, "reference": note.number, "reason": reason}
        audit.record(actor, "credit_released", "invoice", invoice_id, now, client_id=note.client_id, facts=facts)
    db.session.flush()
    return crediting.void_credit_note(actor, note_id, reason, now=now)


def settle_new(actor: Actor, invoice: Invoice, business: Business, note: CreditNote | None, now: datetime) -> None:
    """When an invoice is issued: the credit note over the one it takes the place of settles that one, the rest of it
    the new one, if that is for the same client in the same currency; then the client's credit, where the business wants
    that."""
    if note is not None:
        revised = locked(Invoice, note.business_id, note.invoice_id)
        if revised is not None:
            credit.settle_from(actor, note, revised, note.unallocated_minor, now)
        if (note.client_id, note.currency) == (invoice.client_id, invoice.currency) and note.unallocated_minor:
            credit.settle_from(actor, note, invoice, note.unallocated_minor, now)
    credit.settle_by_itself(actor, invoice, business, now)
