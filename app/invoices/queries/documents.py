"""One document as everybody sees it: the page, the PDF, the customer's page and the e-mail read the same value."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app

from app.auth.models import Business
from app.auth.queries import get_business
from app.clients.models import Client
from app.extensions import db
from app.invoices import rules
from app.invoices.figures import AnyInvoice, AnyLine, AnyTax, stored_totals
from app.invoices.models import Invoice
from app.invoices.parties import buyer_facts, seller_facts
from app.invoices.queries.paid import PaidRow
from app.invoices.queries.replacing import replaced_by, taken_back_whole
from app.invoices.queries.rows import Contents, business_today, contents, get_invoice
from app.invoices.queries.write_offs import WrittenOff, find_written_off
from app.money import Money


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line with its figures; `taxes` names them as printed, `discount` says how it was given."""

    title: str
    detail: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    gross: Money
    discount: Money
    discount_kind: str | None
    discount_value: Decimal | None
    amount: Money
    taxes: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax over the whole document. `rate` in percent."""

    name: str
    rate: Decimal
    base: Money
    amount: Money
    inclusive: bool


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """Everything one invoice says. `seller` and `buyer` are frozen once issued, and live facts on a draft.

    `paid` is money that came and credit that was used, `credited` what credit notes over this document settled,
    `taken_back` what they took of its total. While `written_off` says something, the balance is zero and what was
    written off is part of neither. `replaced_by` is the number of the invoice that was issued in its place.
    """

    id: uuid.UUID
    business_id: uuid.UUID
    client_id: uuid.UUID | None
    number: str | None
    status: str
    state: str
    payment_state: str
    overdue: bool
    currency: str
    issue_date: date
    due_date: date
    terms_days: int
    today: date
    po_number: str
    notes: str
    prices_include_tax: bool
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    language: str
    timezone: str
    lines: tuple[DocumentLine, ...]
    subtotal: Money
    line_discount: Money
    document_discount: Money
    discount_kind: str | None
    discount_value: Decimal | None
    taxes: tuple[TaxRow, ...]
    tax: Money
    net: Money
    total: Money
    balance: Money
    paid: Money
    credited: Money
    taken_back: Money
    payments: tuple[PaidRow, ...] = ()
    sent_at: datetime | None = None
    issued_at: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    void_reason: str = ""
    written_off: WrittenOff | None = None
    version: int = 1
    words: Mapping[str, str] = field(default_factory=dict)
    replaced_by: str = ""

    @property
    def draft(self) -> bool:
        return self.status == "draft"

    @property
    def payable(self) -> bool:
        """Whether money is still expected."""
        return self.status == "open" and self.balance.minor > 0

    @property
    def credited_whole(self) -> bool:
        """Whether credit notes over it took all of it back, so that nobody paid anything and nothing is owed."""
        whole = self.taken_back.minor > 0 and self.taken_back == self.total
        return self.status == "open" and whole and not (self.balance.minor or self.paid.minor)

    @property
    def gone(self) -> str:
        """What is said of a settled one in place of "Paid": that it was replaced or credited; else empty."""
        return "Replaced" if self.replaced_by else "Credited" if self.credited_whole else ""

    @property
    def from_credit(self) -> bool:
        """Whether nothing but credit that the client had already settled what is settled of it."""
        return bool(self.payments) and all(
            (row.credit_note and not row.corrects)
            or bool(row.booked_at and self.issued_at and row.booked_at < self.issued_at)
            for row in self.payments
        )


PaymentsOf = Callable[[uuid.UUID, uuid.UUID], Sequence[PaidRow]]


def document_view(
    business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime, payments: Sequence[PaidRow] | None = None
) -> InvoiceDocument:
    """The document of one invoice; `payments` when they were read already. Raises NotFound."""
    invoice = get_invoice(business_id, invoice_id)
    business = get_business(business_id)
    # Only a draft shows its client as they are now.
    live = invoice.client_id if not invoice.buyer else None
    client = db.session.get(Client, (business_id, live)) if live else None
    stored = contents(business_id, invoice_id)
    paid = paid_rows(invoice) if payments is None else tuple(payments)
    facts = (invoice.status, invoice.total_minor, invoice.balance_minor, invoice.credited_minor)
    by = replaced_by(business_id, [invoice_id] if taken_back_whole(*facts) else [])
    off = find_written_off(invoice)
    return build_document(invoice, business, client, stored, paid, now, off, by.get(invoice_id, ""))


def paid_rows(invoice: Invoice) -> tuple[PaidRow, ...]:
    """What was paid; while all of it is owed there is nothing to ask for."""
    payments_of: PaymentsOf | None = current_app.extensions.get("duely_payments_of")
    if payments_of is None or invoice.status == "draft" or invoice.balance_minor == invoice.total_minor:
        return ()
    return tuple(payments_of(invoice.business_id, invoice.id))


def build_document(
    invoice: Invoice,
    business: Business,
    client: Client | None,
    stored: Contents,
    payments: tuple[PaidRow, ...],
    now: datetime,
    written_off: WrittenOff | None = None,
    replaced: str = "",
) -> InvoiceDocument:
    """Put a document together from its rows."""

    def money(minor: int) -> Money:
        return Money(minor, invoice.currency)

    draft = invoice.status == "draft"
    today = business_today(business, now)
    total, balance = invoice.total_minor, invoice.total_minor if draft else invoice.balance_minor
    line_discount = sum(row.discount_minor for row in stored.lines)
    facts = (invoice.status, total, balance, invoice.due_date, today)
    buyer = invoice.buyer or (buyer_facts(client) if client else {"name": ""})
    off = invoice.written_off_minor or 0
    settled = 0 if draft or invoice.status == "void" else total - balance - off
    credited = sum(row.amount.minor for row in payments if row.corrects)
    return InvoiceDocument(
        id=invoice.id,
        business_id=invoice.business_id,
        client_id=invoice.client_id,
        number=invoice.number,
        status=invoice.status,
        state=rules.state(*facts),
        payment_state=rules.payment_state(total, balance, off, invoice.status),
        overdue=rules.is_overdue(invoice.status, balance, invoice.due_date, today),
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        terms_days=invoice.terms_days,
        today=today,
        po_number=invoice.po_number,
        notes=invoice.notes,
        prices_include_tax=invoice.prices_include_tax,
        seller=invoice.seller or seller_facts(business),
        buyer=buyer,
        language=str(buyer.get("language") or business.language),
        timezone=business.timezone,
        lines=tuple(_line(row, stored.taxes, money) for row in stored.lines),
        subtotal=money(invoice.subtotal_minor),
        line_discount=money(line_discount),
        document_discount=money(invoice.discount_minor - line_discount),
        discount_kind=invoice.discount_kind,
        discount_value=invoice.discount_value,
        taxes=tax_rows(invoice, stored),
        tax=money(invoice.tax_minor),
        net=money(invoice.net_minor),
        total=money(total),
        balance=money(balance),
        paid=money(settled - credited),
        credited=money(credited),
        taken_back=money(invoice.credited_minor or 0),
        payments=payments,
        sent_at=invoice.sent_at,
        issued_at=invoice.issued_at,
        paid_at=invoice.paid_at,
        voided_at=invoice.voided_at,
        void_reason=invoice.void_reason,
        written_off=written_off,
        version=invoice.version,
        replaced_by=replaced,
    )


def _line(row: AnyLine, taxes: Sequence[AnyTax], money: Callable[[int], Money]) -> DocumentLine:
    return DocumentLine(
        title=row.title,
        detail=row.detail,
        unit=row.unit,
        quantity=row.quantity,
        unit_price=row.unit_price,
        gross=money(row.gross_minor),
        discount=money(row.discount_minor),
        discount_kind=row.discount_kind,
        discount_value=row.discount_value,
        amount=money(row.gross_minor - row.discount_minor),
        taxes=tuple((tax.name, tax.rate) for tax in taxes if tax.line_id == row.id),
    )


def tax_rows(invoice: AnyInvoice, stored: Contents) -> tuple[TaxRow, ...]:
    """What each tax comes to over the whole document: as issued, or of a draft as it stands."""
    return _draft_taxes(invoice, stored) if invoice.status == "draft" else _issued_taxes(stored, invoice.currency)


def _draft_taxes(invoice: AnyInvoice, stored: Contents) -> tuple[TaxRow, ...]:
    totals = stored_totals(invoice, stored.lines, stored.taxes)
    cur = invoice.currency
    return tuple(
        TaxRow(tax.name, tax.rate, Money(tax.base_minor, cur), Money(tax.amount_minor, cur), tax.inclusive)
        for tax in totals.taxes
    )


def _issued_taxes(stored: Contents, currency: str) -> tuple[TaxRow, ...]:
    sums: dict[tuple[Any, ...], list[int]] = {}
    for part in stored.tax_figures:
        entry = sums.setdefault((part.label, part.rate, part.inclusive, part.tax_id), [0, 0])
        entry[0] += part.base_minor
        entry[1] += part.amount_minor
    return tuple(
        TaxRow(name, rate, Money(base, currency), Money(amount, currency), inclusive)
        for (name, rate, inclusive, _), (base, amount) in sums.items()
    )
