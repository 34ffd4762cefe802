"""What the payments room shows on the page of an invoice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from app.invoices.models import Invoice
from app.invoices.printing import method_words
from app.invoices.queries import PaidRow
from app.invoices.queries.paid import CREDIT_NOTE
from app.money import Money
from app.payments.queries.rows import CreditSource, paid_and_unused, payments_of
from app.payments.queries.saved_cards import CardOnInvoice, card_on_invoice


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A part of a payment or a credit note (`kind`): how much of it settled the invoice, whether the whole payment can
    be undone here, or else this part of it be taken off."""

    kind: str
    source_id: uuid.UUID
    words: str
    reference: str
    on: date
    amount: Money
    undoable: bool = False
    removable: bool = False


@dataclass(frozen=True, slots=True)
class OnInvoice:
    """Payments of one invoice, as they stand on the document and as lines; while it is due, credit of its client and
    the card they let us keep."""

    invoice_id: uuid.UUID
    rows: list[PaidRow]
    paid: list[PaidLine]
    credit: list[PaidLine]
    card: CardOnInvoice | None = None


def on_invoice(invoice: Invoice) -> OnInvoice:
    """The card about payments on an invoice's page."""
    rows: list[PaidRow] = []
    unused: list[CreditSource] = []
    kept = False
    if invoice.status == "open" and invoice.balance_minor and invoice.client_id:
        rows, unused, kept = paid_and_unused(invoice)
    elif invoice.status != "draft":
        rows = payments_of(invoice.business_id, invoice.id)
    can_owe_again = invoice.status != "written_off"
    paid = [
        PaidLine(
            CREDIT_NOTE if row.credit_note else "payment",
            row.source_id,
            row.credit_note or row.through or method_words(row.method),
            "" if row.credit_note else row.reference,
            row.on,
            row.amount,
            row.by_hand and can_owe_again and row.entire,
            not row.credit_note and can_owe_again and not row.entire,
        )
        for row in rows
    ]
    credit = [
        PaidLine(left.kind, left.id, "", left.reference, left.on, Money(left.left_minor, left.currency))
        for left in unused
    ]
    return OnInvoice(invoice.id, rows, paid, credit, card_on_invoice(invoice) if kept else None)
