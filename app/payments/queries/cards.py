"""What the payments room shows on the page of an invoice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from app.invoices.printing import method_words
from app.invoices.queries import get_invoice
from app.money import Money
from app.payments.queries.rows import find_payment, payments_of, unallocated


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A part of a payment: how much of it settled the invoice, and whether it can be undone here."""

    payment_id: uuid.UUID
    words: str
    reference: str
    on: date
    amount: Money
    undoable: bool = False


@dataclass(frozen=True, slots=True)
class OnInvoice:
    """Payments of one invoice, and credit of its client while something is still due."""

    invoice_id: uuid.UUID
    paid: list[PaidLine]
    credit: list[PaidLine]


def on_invoice(business_id: uuid.UUID, invoice_id: uuid.UUID) -> OnInvoice:
    """The card about payments on an invoice's page. Raises NotFound."""
    invoice = get_invoice(business_id, invoice_id)
    paid = []
    for row in payments_of(business_id, invoice_id):
        payment = find_payment(business_id, row.payment_id)
        undoable = payment is not None and payment.gateway is None
        paid.append(PaidLine(row.payment_id, method_words(row.method), row.reference, row.on, row.amount, undoable))
    credit = []
    if invoice.status == "open" and invoice.balance_minor and invoice.client_id:
        for left in unallocated(business_id, invoice.client_id, invoice.currency):
            amount = Money(left.unallocated_minor, left.currency)
            credit.append(PaidLine(left.id, "", left.reference, left.received_on, amount))
    return OnInvoice(invoice_id, paid, credit)
