"""Invoices with their lines, taxes, figures and write-offs; number counters; attachments; printed files."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Date, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Scaled, Tenant, tenant_key
from app.extensions import db
from app.ledger.models import Rated

PAID_OFF = "paid_at IS NOT NULL AND status = 'open' AND total_minor > 0 AND credited_minor < total_minor"
"""Invoices that were paid, and not taken back altogether by a credit note."""


class Invoice(Tenant, Rated, db.Model):
    """A bill. A draft is edited freely; once issued it never changes but for its status and balance.

    `seller` and `buyer` are the parties as they were at issue. `balance_minor` is what is still owed,
    `written_off_minor` what is written off now and `credited_minor` what credit notes took back of the total, kept by
    the transaction that posts and proved by `flask audit`.

    A draft carries a rate only where somebody typed one; issuing fixes it. `base_total_minor` and `base_balance_minor`
    are then what the total and the balance are worth in the base currency.
    """

    __tablename__ = "invoice"
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    number: Mapped[str | None] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    issue_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    terms_days: Mapped[int] = mapped_column(Integer, default=14)
    po_number: Mapped[str] = mapped_column(String(60), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    tax_rounding: Mapped[str] = mapped_column(String(8), default="line")
    prices_include_tax: Mapped[bool] = mapped_column(Boolean, default=False)
    discount_kind: Mapped[str | None] = mapped_column(String(8))
    discount_value: Mapped[Decimal | None] = mapped_column(Scaled)
    subtotal_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    net_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    balance_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    written_off_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    credited_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    base_total_minor: Mapped[int | None] = mapped_column(BigInteger)
    base_balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    buyer_name: Mapped[str] = mapped_column(String(200), default="")
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seller: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    search: Mapped[str] = mapped_column(Text, default="")
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(300), default="")
    overdue_noted_for: Mapped[date | None] = mapped_column(Date)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("client_id", "client"),
        CheckConstraint("balance_minor >= 0 AND balance_minor <= total_minor", name="balance"),
        CheckConstraint(
            "written_off_minor >= 0 AND balance_minor + written_off_minor <= total_minor", name="written_off"
        ),
        CheckConstraint("credited_minor >= 0 AND credited_minor <= total_minor", name="credited"),
        CheckConstraint("(status = 'draft') = (number IS NULL)", name="numbered"),
        CheckConstraint("(base_currency IS NULL) = (rate_to_base IS NULL)", name="rated"),
        Index("uq_invoice_number", "business_id", "number", unique=True),
        # A client's figures are added up from this index alone, the table itself is not read.
        Index("ix_invoice_client", "business_id", "client_id", "id", "status", "currency", "due_date", "balance_minor"),
        Index(
            "ix_invoice_paid",
            "business_id",
            "client_id",
            "paid_at",
            sqlite_where=text("paid_at IS NOT NULL"),
            postgresql_where=text("paid_at IS NOT NULL"),
        ),
        # How long invoices took is read from this index alone.
        Index(
            "ix_invoice_paid_when",
            "business_id",
            "paid_at",
            "issue_date",
            "due_date",
            sqlite_where=text(PAID_OFF),
            postgresql_where=text(PAID_OFF),
        ),
        Index("ix_invoice_due", "business_id", "status", "due_date", "id"),
        # Programs that keep a copy ask every few minutes for the few that changed.
        Index("ix_invoice_updated", "business_id", "updated_at", "id"),
        # Few invoices are unpaid, however many there are: what is owed is summed from this index alone.
        Index(
            "ix_invoice_owed",
            "business_id",
            "currency",
            "due_date",
            "status",
            "balance_minor",
            sqlite_where=text("balance_minor > 0"),
            postgresql_where=text("balance_minor > 0"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}

    def owe(self, minor: int) -> None:
        """Set what is still owed, and what that is worth in the base currency where the invoice has a rate."""
        self.balance_minor = minor
        self.base_balance_minor = self.rate.worth(minor) if self.rate else None


class InvoiceLine(Tenant, db.Model):
    """One thing on a document. `unit_price` in major units; `discount_value` percent, or major units for "amount"."""

    __tablename__ = "invoice_line"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    item_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    title: Mapped[str] = mapped_column(String(300))
    detail: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(24), default="")
    quantity: Mapped[Decimal] = mapped_column(Scaled)
    unit_price: Mapped[Decimal] = mapped_column(Scaled)
    discount_kind: Mapped[str | None] = mapped_column(String(8))
    discount_value: Mapped[Decimal | None] = mapped_column(Scaled)
    gross_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    net_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        tenant_key("item_id", "item"),
        Index("ix_invoice_line_invoice", "business_id", "invoice_id", "position"),
    )


class LineTax(Tenant, db.Model):
    """A tax chosen on a line, copied in: name, rate in percent, inclusive or not, compound or not."""

    __tablename__ = "line_tax"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    tax_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(60))
    rate: Mapped[Decimal] = mapped_column(Scaled)
    inclusive: Mapped[bool] = mapped_column(Boolean)
    compound: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        tenant_key("line_id", "invoice_line"),
        tenant_key("tax_id", "tax"),
        Index("ix_line_tax_invoice", "business_id", "invoice_id"),
        Index("ix_line_tax_line", "business_id", "line_id"),
    )


class InvoiceFigure(Tenant, db.Model):
    """Where a figure comes from: each discount, tax and rounding remainder as its own row, written at issue.

    A row of kind "rounding" is a part of the tax or the document discount it belongs to, and is not added to it.
    """

    __tablename__ = "invoice_figure"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(120), default="")
    rate: Mapped[Decimal | None] = mapped_column(Scaled)
    base_minor: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    inclusive: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        Index("ix_invoice_figure_invoice", "business_id", "invoice_id", "position"),
    )


class WriteOff(Tenant, db.Model):
    """What was owed on an invoice and left the receivables as bad debt (positive), or came back (negative). Only grows.

    `amount_minor` in minor units of the invoice; `on_date` is the day in the business's time zone on which it counts.
    """

    __tablename__ = "write_off"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    on_date: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("amount_minor <> 0", name="not_zero"),
        Index("ix_write_off_invoice", "business_id", "invoice_id", "id"),
    )


class Counter(db.Model):
    """The last number given, per business, kind of document and year of the issue date (or "all")."""

    __tablename__ = "counter"
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


class Attachment(Tenant, db.Model):
    """A file that travels with an invoice."""

    __tablename__ = "attachment"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    filename: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    storage_key: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (tenant_key("invoice_id", "invoice"), Index("ix_attachment_invoice", "business_id", "invoice_id"))


class PrintedFile(Tenant, db.Model):
    """A rendered PDF by the hash of its input; the same input never renders twice."""

    __tablename__ = "printed_file"
    content_key: Mapped[str] = mapped_column(String(64))
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    storage_key: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        Index("uq_printed_file_key", "business_id", "content_key", unique=True),
        Index("ix_printed_file_invoice", "business_id", "invoice_id"),
    )
