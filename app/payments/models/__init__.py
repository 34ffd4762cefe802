"""Checkout attempts, saved cards, payments, allocations, refunds, disputes, gateway events and money that is held."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.changed import Changed, by_change
from app.database import Instant, Tenant, tenant_key
from app.extensions import db
from app.ledger.models import Rated
from app.payments.models.cards import SavedCard
from app.payments.models.disputes import Dispute
from app.payments.rules import CHARGE_DAYS

# An attempt that may want a person. Questions say it in these words, so that both engines see that the index of few
# rows serves them; it is no use for what has another table with such columns beside it.
MAY_NEED_YOU = text(
    "(state IN ('unclear', 'paused', 'refused') OR state = 'failed' AND card_id IS NOT NULL"
    f" AND (charge_step IS NULL OR charge_step >= {len(CHARGE_DAYS) - 1}))"
)

__all__ = [
    "MAY_NEED_YOU",
    "Allocation",
    "Attempt",
    "AttemptRef",
    "Dispute",
    "GatewayAccount",
    "HeldMoney",
    "Payment",
    "Refund",
    "SavedCard",
    "WebhookEvent",
]


class GatewayAccount(Tenant, db.Model):
    """A business's credentials with one payment gateway, encrypted at rest and write-only in the interface."""

    __tablename__ = "gateway_account"
    gateway: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(4), default="test")
    public_key: Mapped[str] = mapped_column(String(200), default="")
    secret_encrypted: Mapped[str] = mapped_column(Text, default="")
    secret_hint: Mapped[str] = mapped_column(String(16), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    check_result: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("uq_gateway_account", "business_id", "gateway", unique=True),)
    __mapper_args__ = {"version_id_col": version}


class AttemptRef(db.Model):
    """Which business a gateway reference of ours belongs to; references are globally unique."""

    __tablename__ = "attempt_ref"
    reference: Mapped[str] = mapped_column(String(26), primary_key=True)
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"))
    attempt_id: Mapped[uuid.UUID] = mapped_column(Uuid)


class Attempt(Tenant, db.Model):
    """A customer's click on Pay, or one charge of a saved card, stored before anybody is asked for money.

    `consent` is the text the customer agreed to when the card is to be kept, with when and from which address.
    `card_id` is there when a saved card is charged (no foreign key: a card points to the attempt it came with),
    `charge_step` when the schedule did it, `retry_at` when the company said not to try before, and `told_at` when its
    payer was written that it did not work.
    """

    __tablename__ = "attempt"
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    gateway: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(4))
    reference: Mapped[str] = mapped_column(String(26))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    email: Mapped[str] = mapped_column(String(254), default="")
    link_hash: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(12), default="new")
    checkout_url: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    checks: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    consent: Mapped[str] = mapped_column(Text, default="", server_default="")
    consented_at: Mapped[datetime | None] = mapped_column(Instant)
    consent_ip: Mapped[str] = mapped_column(String(45), default="", server_default="")
    card_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    charge_step: Mapped[int | None] = mapped_column(Integer)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("invoice_id", "invoice"),
        Index("uq_attempt_reference", "business_id", "reference", unique=True),
        Index("ix_attempt_invoice", "business_id", "invoice_id", "id"),
        Index("uq_attempt_step", "business_id", "invoice_id", "card_id", "charge_step", unique=True),
        Index(
            "ix_attempt_needs_you",
            "business_id",
            "created_at",
            "id",
            sqlite_where=MAY_NEED_YOU,
            postgresql_where=MAY_NEED_YOU,
        ),
    )


class Payment(Tenant, Rated, Changed, db.Model):
    """Money that came. Never edited: a wrong entry is reversed. What is not allocated is the client's credit.

    `refunded_minor` is what of that credit was given back in money, `base_minor` what the whole was worth in the base
    currency when it came, where there is a rate.
    """

    __tablename__ = "payment"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    unallocated_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    base_minor: Mapped[int | None] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(16))
    received_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    gateway: Mapped[str | None] = mapped_column(String(16))
    gateway_reference: Mapped[str | None] = mapped_column(String(120))
    flags: Mapped[list[Any]] = mapped_column(JSON, default=list)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    reversal_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("client_id", "client"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("unallocated_minor >= 0 AND unallocated_minor <= amount_minor", name="unallocated"),
        CheckConstraint("refunded_minor >= 0 AND unallocated_minor + refunded_minor <= amount_minor", name="refunded"),
        CheckConstraint("(base_currency IS NULL) = (rate_to_base IS NULL)", name="rated"),
        Index("uq_payment_gateway_reference", "business_id", "gateway", "gateway_reference", unique=True),
        Index("ix_payment_client", "business_id", "client_id", "id"),
        Index(
            "ix_payment_unused",
            "business_id",
            "client_id",
            "currency",
            "unallocated_minor",
            sqlite_where=text("unallocated_minor > 0"),
            postgresql_where=text("unallocated_minor > 0"),
        ),
        Index("ix_payment_received", "business_id", "received_on", "id"),
        by_change("payment"),
    )
    __mapper_args__ = {"version_id_col": version}


class Allocation(Tenant, db.Model):
    """A part of a payment or of a credit note that settles an invoice. A reversal is a row with a negative amount,
    never a deletion."""

    __tablename__ = "allocation"
    payment_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    credit_note_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("payment_id", "payment"),
        tenant_key("credit_note_id", "credit_note"),
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("amount_minor <> 0", name="not_zero"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="one_source"),
        Index("ix_allocation_payment", "business_id", "payment_id"),
        Index("ix_allocation_credit_note", "business_id", "credit_note_id"),
        Index("ix_allocation_invoice", "business_id", "invoice_id", "id"),
    )


class Refund(Tenant, db.Model):
    """A client's credit given back in money. It comes from one payment or one credit note.

    By hand it is done when it is written down. Through a gateway it goes back over the payment `through_id`, and its
    state is new, pending, processing, needs_attention, done or failed. One that was a wrong entry ("reversed") gives
    the credit back, one that failed settles again what it had been taken off. `kind` is refund, or dispute when a bank
    took the money back.
    """

    __tablename__ = "refund"
    kind: Mapped[str] = mapped_column(String(8), default="refund", server_default="refund")
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    payment_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    credit_note_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    through_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(16))
    on_date: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16))
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    gateway: Mapped[str | None] = mapped_column(String(16))
    gateway_reference: Mapped[str | None] = mapped_column(String(120))
    checks: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("payment_id", "payment"),
        tenant_key("credit_note_id", "credit_note"),
        tenant_key("through_id", "payment"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="one_source"),
        CheckConstraint("(gateway IS NULL) = (through_id IS NULL)", name="through"),
        Index("uq_refund_gateway_reference", "business_id", "gateway", "gateway_reference", unique=True),
        Index("ix_refund_payment", "business_id", "payment_id"),
        Index("ix_refund_through", "business_id", "through_id"),
        Index("ix_refund_credit_note", "business_id", "credit_note_id"),
        Index("ix_refund_client", "business_id", "client_id", "id"),
    )
    __mapper_args__ = {"version_id_col": version}


class WebhookEvent(Tenant, db.Model):
    """What a gateway told us, exactly as it came; unique by what it is about."""

    __tablename__ = "webhook_event"
    gateway: Mapped[str] = mapped_column(String(16))
    dedupe_key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(60), default="")
    reference: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    copies: Mapped[int] = mapped_column(Integer, default=1)
    received_at: Mapped[datetime] = mapped_column(Instant)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("uq_webhook_event_key", "business_id", "gateway", "dedupe_key", unique=True),)


class HeldMoney(Tenant, db.Model):
    """Money or news of money that does not fit: wrong currency, wrong mode, a reference we did not make."""

    __tablename__ = "held_money"
    gateway: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(8), default="")
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolution: Mapped[str] = mapped_column(String(300), default="")
    __table_args__ = (Index("uq_held_money_reference", "business_id", "gateway", "reference", unique=True),)
