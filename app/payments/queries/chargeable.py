"""Which invoices a saved card may be charged for by itself, as far as the database can tell."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Select, and_, func, select

from app.auth.models import Business
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.gateways.base import Gateway
from app.payments.models import Allocation, Attempt, Dispute, Payment, SavedCard
from app.payments.registry import gateway_for
from app.payments.rules import CHARGE_DAYS

AT_ONCE = 500
LOOKED_BACK = timedelta(days=60)
"""An invoice that came due longer ago is not begun with by itself any more."""


def charged_next(business: Business, ids: Collection[uuid.UUID], today: date) -> set[uuid.UUID]:
    """Those of some invoices for which a saved card is about to be charged by itself, and none was yet."""
    gateway = gateway_for(business.id) if ids and business.charge_cards != "off" else None
    if gateway is None:
        return set()
    tried = select(Attempt.id).where(
        Attempt.business_id == Invoice.business_id, Attempt.invoice_id == Invoice.id, Attempt.card_id.is_not(None)
    )
    query = chargeable(business, gateway, today).where(Invoice.id.in_(ids), ~tried.exists())
    return {row[0] for row in db.session.execute(query)}


def chargeable(business: Business, gateway: Gateway, today: date) -> Select[uuid.UUID, uuid.UUID]:
    """(invoice, card) where the day has come, the client's newest card first.

    Only invoices that were issued after the consent. One that owes again because money went back is not charged by
    itself, and nobody who disputes a payment is.
    """
    day = Invoice.due_date if business.charge_cards == "due" else Invoice.issue_date
    card = and_(SavedCard.business_id == Invoice.business_id, SavedCard.client_id == Invoice.client_id)
    tried = select(Attempt.id).where(
        Attempt.business_id == Invoice.business_id,
        Attempt.invoice_id == Invoice.id,
        Attempt.card_id == SavedCard.id,
    )
    many = tried.with_only_columns(func.count()).scalar_subquery()
    back = select(Allocation.id).where(
        Allocation.business_id == Invoice.business_id, Allocation.invoice_id == Invoice.id, Allocation.amount_minor < 0
    )
    disputed = (
        select(Dispute.id)
        .join(Payment, and_(Payment.business_id == Dispute.business_id, Payment.id == Dispute.payment_id))
        .where(Payment.business_id == Invoice.business_id, Payment.client_id == Invoice.client_id)
        .where(Dispute.resolution != "declined")
    )
    return (
        select(Invoice.id, SavedCard.id)
        .join(SavedCard, card)
        .where(Invoice.business_id == business.id, Invoice.status == "open", Invoice.balance_minor > 0)
        .where(day <= today, day >= today - LOOKED_BACK, Invoice.issued_at >= SavedCard.consented_at)
        .where(SavedCard.status == "active", SavedCard.gateway == gateway.name, SavedCard.mode == gateway.mode)
        .where(many < len(CHARGE_DAYS), ~tried.where(Attempt.state != "failed").exists())
        .where(~back.exists(), ~disputed.exists())
        .order_by(day.desc(), Invoice.id, SavedCard.id.desc())
        .limit(AT_ONCE)
    )
