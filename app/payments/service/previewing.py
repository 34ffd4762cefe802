"""The newest payment as its receipt would tell it: what the editor of message texts shows. Nothing is sent."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.auth.service.links import public_url
from app.extensions import db
from app.invoices.queries import document_view
from app.invoices.service.previewing import EXAMPLE_PAGE, shown_logo
from app.payments.mail import receipt_context, receipt_values
from app.payments.models import Allocation, Payment


def newest_receipt(business_id: uuid.UUID, _kind: str, now: datetime) -> tuple[dict[str, str], dict[str, Any]] | None:
    """(values, context) of a receipt for the newest payment of an invoice, or None."""
    paid = (Payment.business_id == business_id, Payment.reversed_at.is_(None))
    settles = (Allocation.business_id == business_id, Allocation.payment_id == Payment.id)
    query = (
        select(Payment, Allocation.invoice_id)
        .join(Allocation, settles[1])
        .where(*paid, settles[0])
        .order_by(Payment.id.desc(), Allocation.id.desc())
        .limit(1)
    )
    found = db.session.execute(query).first()
    if found is None:
        return None
    payment, invoice_id = found
    document, page_url = document_view(business_id, invoice_id, now), public_url(EXAMPLE_PAGE)
    context = receipt_context(document, payment, page_url, shown_logo(document))
    return receipt_values(document, payment, page_url), context
