"""What a payment counts into the totals: what came in on the day it came, until it is reversed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, literal, select

from app.ledger.queries import TotalsSource
from app.ledger.rules import BASE_KINDS, Share
from app.payments.models import Payment
from app.statements import BUSINESS


def shares(payment: Payment) -> Iterator[Share]:
    """What one payment adds."""
    if payment.reversed_at is not None:
        return
    yield Share("received", payment.currency, payment.received_on, payment.amount_minor)
    if payment.base_currency is not None and payment.base_minor is not None:
        yield Share(BASE_KINDS["received"], payment.base_currency, payment.received_on, payment.base_minor)


def _recount() -> tuple[Select[Any], ...]:
    """All payments of a business that stand, added up by the database."""
    total = func.sum(Payment.amount_minor)
    came = select(literal("received"), Payment.currency, Payment.received_on, func.count(), total, literal(0))
    standing = (Payment.business_id == BUSINESS, Payment.reversed_at.is_(None))
    base, worth = Payment.base_currency, func.sum(Payment.base_minor)
    rated = select(literal(BASE_KINDS["received"]), base, Payment.received_on, func.count(), worth, literal(0))
    return (
        came.where(*standing).group_by(Payment.currency, Payment.received_on),
        rated.where(*standing, base.is_not(None), Payment.base_minor.is_not(None)).group_by(base, Payment.received_on),
    )


SOURCE = TotalsSource(Payment, shares, _recount())
