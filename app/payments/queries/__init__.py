"""Reading payments, attempts and held money, always of one business."""

from app.payments.queries.cards import OnInvoice, on_invoice
from app.payments.queries.offers import Offer, online_offer, takes_payments
from app.payments.queries.received import Received, note_on, received_on
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
)

__all__ = [
    "Offer",
    "OnInvoice",
    "Received",
    "attempt_behind",
    "client_credit",
    "credit_left",
    "find_attempt",
    "find_payment",
    "get_payment",
    "held",
    "is_being_paid",
    "note_on",
    "on_invoice",
    "online_offer",
    "payment_behind",
    "payments_of",
    "received_on",
    "takes_payments",
]
