"""Reading payments, attempts and held money, always of one business."""

from app.payments.queries.cards import OnInvoice, on_invoice
from app.payments.queries.offers import Offer, online_offer, takes_payments
from app.payments.queries.rows import (
    attempt_behind,
    client_credit,
    credit_left,
    find_attempt,
    find_payment,
    get_payment,
    held,
    is_being_paid,
    payment_behind,
    payments_of,
    settles_alone,
)

__all__ = [
    "Offer",
    "OnInvoice",
    "attempt_behind",
    "client_credit",
    "credit_left",
    "find_attempt",
    "find_payment",
    "get_payment",
    "held",
    "is_being_paid",
    "on_invoice",
    "online_offer",
    "payment_behind",
    "payments_of",
    "settles_alone",
    "takes_payments",
]
