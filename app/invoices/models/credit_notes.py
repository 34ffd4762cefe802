"""Credit notes with their lines and taxes, and which invoice a new one takes the place of."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.changed import Changed, by_change
from app.database import Instant, Tenant, tenant_key
from app.extensions import db
from app.ledger.models import Rated


class CreditNote(Tenant, Rated, Changed, db.Model):
    """What of an issued invoice is taken back, as a document of its own; its status is "open" or "void".

    `unallocated_minor` is what of it is the client's credit now, `refunded_minor` what was given back in money. The
    parties and the rate are those of the invoice, as they were on it.
    """

    __tablename__ = "credit_note"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(12), default="open")
    number: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    issue_date: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(300))
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    unallocated_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    buyer_name: Mapped[str] = mapped_column(String(200), default="")
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seller: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    search: Mapped[str] = mapped_column(Text, default="")
    issued_at: Mapped[datetime] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        tenant_key("client_id", "client"),
        CheckConstraint("total_minor > 0 AND total_minor = net_minor + tax_minor", name="total"),
        CheckConstraint(
            "unallocated_minor >= 0 AND refunded_minor >= 0 AND unallocated_minor + refunded_minor <= total_minor",
            name="unallocated",
        ),
        CheckConstraint("(base_currency IS NULL) = (rate_to_base IS NULL)", name="rated"),
        Index("uq_credit_note_number", "business_id", "number", unique=True),
        Index("ix_credit_note_invoice", "business_id", "invoice_id", "id"),
        Index("ix_credit_note_client", "business_id", "client_id", "id"),
        by_change("credit_note"),
        Index(
            "ix_credit_note_unused",
            "business_id",
            "client_id",
            "currency",
            "unallocated_minor",
            sqlite_where=text("unallocated_minor > 0"),
            postgresql_where=text("unallocated_minor > 0"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class CreditNoteLine(Tenant, db.Model):
    """How much of one line of the invoice is taken back, in minor units. Only grows."""

    __tablename__ = "credit_note_line"
    credit_note_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(300))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        tenant_key("credit_note_id", "credit_note"),
        tenant_key("line_id", "invoice_line"),
        CheckConstraint("total_minor > 0 AND total_minor = net_minor + tax_minor", name="total"),
        Index("ix_credit_note_line_note", "business_id", "credit_note_id", "position"),
        Index("ix_credit_note_line_line", "business_id", "line_id"),
    )


class CreditNoteTax(Tenant, db.Model):
    """How much of a tax is taken back; `figure_id` is what that tax came to on a line of the invoice. Only grows."""

    __tablename__ = "credit_note_tax"
    credit_note_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    figure_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        tenant_key("credit_note_id", "credit_note"),
        tenant_key("figure_id", "invoice_figure"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_credit_note_tax_note", "business_id", "credit_note_id"),
        Index("ix_credit_note_tax_figure", "business_id", "figure_id"),
    )


class Revision(Tenant, db.Model):
    """The invoice `id` takes the place of `revised_id`: issuing it credits the old one in the same transaction.

    `credit_note_id` says by which credit note, once that happened.
    """

    __tablename__ = "revision"
    revised_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    credit_note_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reason: Mapped[str] = mapped_column(String(300))
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("id", "invoice"),
        tenant_key("revised_id", "invoice"),
        tenant_key("credit_note_id", "credit_note"),
        Index("uq_revision_revised", "business_id", "revised_id", unique=True),
        Index("ix_revision_credit_note", "business_id", "credit_note_id"),
    )
