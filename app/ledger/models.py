"""The double-entry journal: append-only, enforced by triggers of the database itself."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Scaled, Tenant, tenant_key
from app.extensions import db
from app.ledger.exchange import Quote, Rate
from app.money import RATE_PLACES


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
    """A debit (positive) or credit (negative) of one account, in minor units of one currency.

    Where the currency is not the base currency of the business and there is a rate, `base_minor` is what it is worth in
    that. Exchange differences and remainders of converting move only the base amount.
    """

    __tablename__ = "journal_line"
    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    account: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    base_currency: Mapped[str | None] = mapped_column(String(3))
    base_minor: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        tenant_key("entry_id", "journal_entry"),
        CheckConstraint("amount_minor <> 0 OR coalesce(base_minor, 0) <> 0", name="not_zero"),
        CheckConstraint("(base_currency IS NULL) = (base_minor IS NULL)", name="base"),
        Index("ix_journal_line_entry", "business_id", "entry_id"),
        Index("ix_journal_line_client", "business_id", "client_id", "account"),
        Index("ix_journal_line_invoice", "business_id", "invoice_id", "account"),
    )


class Rated:
    """A document or payment that may carry a rate from its currency to the base currency the business had then.

    `rate_source` says where it came from ("typed", "table", or the "invoice" it settled first), `rate_on` of which day.
    """

    base_currency: Mapped[str | None] = mapped_column(String(3))
    rate_to_base: Mapped[Decimal | None] = mapped_column(Scaled(RATE_PLACES))
    rate_source: Mapped[str | None] = mapped_column(String(8))
    rate_on: Mapped[date | None] = mapped_column(Date)

    @property
    def rate(self) -> Rate | None:
        """The rate it carries."""
        if self.base_currency is None or self.rate_to_base is None:
            return None
        return Rate(self.currency, self.base_currency, self.rate_to_base)  # type: ignore[attr-defined]

    def fix(self, quote: Quote | None) -> None:
        """Carry this rate, or none."""
        self.base_currency = quote.rate.base if quote else None
        self.rate_to_base = quote.rate.value if quote else None
        self.rate_source, self.rate_on = (quote.source, quote.on) if quote else (None, None)


class ExchangeRate(Tenant, db.Model):
    """What one unit of `currency` is worth in `base_currency` from a day on, as staff wrote it down. Only grows.

    Of several for one day the newest holds: a correction is another row, and documents keep the rate they were given.
    """

    __tablename__ = "exchange_rate"
    currency: Mapped[str] = mapped_column(String(3))
    base_currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date] = mapped_column(Date)
    rate: Mapped[Decimal] = mapped_column(Scaled(RATE_PLACES))
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("currency <> base_currency", name="two_currencies"),
        Index("ix_exchange_rate_day", "business_id", "currency", "base_currency", "valid_from", "id"),
    )


class PeriodTotal(db.Model):
    """What all documents of a kind come to on a day or in a month, in minor units: derived, proved by `flask audit`.

    Invoices count by due date under their stage (draft, owed, paid, void, written_off), once issued also by issue date
    ("issued"); payments by the day they came ("received"). A month (span "month") is named by its first day.

    What is owed, issued and received in other currencies counts a second time, in the base currency and under the kinds
    of BASE_KINDS, where it has a rate to it.
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
