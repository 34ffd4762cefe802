"""What payments do to an invoice's balance. The row is locked first, so racing payments never share one balance."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules import WrongState, refuse_written_off
from app.invoices.service.settled import tell_settled


@dataclass(frozen=True, slots=True)
class Applied:
    """How much of a payment an invoice took, in minor units, and whether that paid it."""

    invoice: Invoice
    applied_minor: int
    now_paid: bool


@transactional
def apply_payment(business_id: uuid.UUID, invoice_id: uuid.UUID, amount_minor: int, *, now: datetime) -> Applied:
    """Let an open invoice take as much of `amount_minor` as it still needs; any other takes nothing.

    Raises NotFound, and WrongState for a draft.
    """
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    if invoice.status == "draft":
        raise WrongState("This invoice is still a draft: issue it before money is recorded for it.")
    taken = min(amount_minor, invoice.balance_minor) if invoice.status == "open" else 0
    invoice.owe(invoice.balance_minor - taken)
    now_paid = bool(taken) and invoice.balance_minor == 0
    if now_paid:
        invoice.paid_at = now
    invoice.updated_at = now
    db.session.flush()
    if now_paid:
        tell_settled(invoice)
    return Applied(invoice, taken, now_paid)


@transactional
def release_payment(business_id: uuid.UUID, invoice_id: uuid.UUID, amount_minor: int, *, now: datetime) -> Invoice:
    """Owe again what a reversed payment had settled. Raises NotFound, and WrongState while the rest is written off."""
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    refuse_written_off(invoice.status, invoice.number, "undo the payment")
    invoice.owe(invoice.balance_minor + amount_minor)
    invoice.paid_at = None
    invoice.updated_at = now
    db.session.flush()
    return invoice
