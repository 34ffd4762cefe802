"""Whose saved card would be charged by itself for an invoice that is issued now."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, and_, select

from app.auth.models import Business
from app.payments.models import Dispute, Payment, SavedCard
from app.payments.registry import gateway_for


def charged_clients(business: Business) -> Select[uuid.UUID] | None:
    """The clients of a business whose new invoices are charged to a saved card, to be asked within another question;
    None when the business charges none. As `service.sweeping` finds them, nobody who disputes a payment is charged."""
    gateway = gateway_for(business.id) if business.charge_cards != "off" else None
    if gateway is None:
        return None
    disputed = (
        select(Dispute.id)
        .join(Payment, and_(Payment.business_id == Dispute.business_id, Payment.id == Dispute.payment_id))
        .where(Payment.business_id == SavedCard.business_id, Payment.client_id == SavedCard.client_id)
        .where(Dispute.resolution != "declined")
    )
    return select(SavedCard.client_id).where(
        SavedCard.business_id == business.id,
        SavedCard.status == "active",
        SavedCard.gateway == gateway.name,
        SavedCard.mode == gateway.mode,
        ~disputed.exists(),
    )
