"""The double-entry journal: append-only, enforced by triggers of the database itself."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class JournalEntry(Tenant, db.Model):
    """One balanced posting, caused by one thing: (source_kind, source_id, kind) is unique."""

    __tablename__ = "journal_entry"
    kind: Mapped[str] = mapped_column(String(24))
    source_kind: Mapped[str] = mapped_column(String(24))
    source_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    on_date: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Instant)
    memo: Mapped[str] = mapped_column(String(200), default="")
    __table_args__ = (
        Index("uq_journal_entry_source", "business_id", "source_kind", "source_id", "kind", unique=True),
        Index("ix_journal_entry_date", "business_id", "on_date", "id"),
    )


class JournalLine(Tenant, db.Model):
    """A debit (positive) or credit (negative) of one account, in minor units of one currency."""

    __tablename__ = "journal_line"
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    account: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    __table_args__ = (
        tenant_key("entry_id", "journal_entry"),
        CheckConstraint("amount_minor <> 0", name="not_zero"),
        Index("ix_journal_line_entry", "business_id", "entry_id"),
        Index("ix_journal_line_client", "business_id", "client_id", "account"),
        Index("ix_journal_line_invoice", "business_id", "invoice_id", "account"),
    )


class PeriodTotal(db.Model):
    """What all documents of a kind come to on a day or in a month, in minor units: derived, proved by `flask audit`.

    Invoices count by due date under their stage (draft, owed, paid, void, written_off), once issued also by issue date
    ("issued"); payments by the day they came ("received"). A month (span "month") is named by its first day.
    """

    __tablename__ = "period_total"
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"), primary_key=True)
    span: Mapped[str] = mapped_column(String(5), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    documents: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
