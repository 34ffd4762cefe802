"""What can be done with money that comes in. Each function is one transaction, or joins the caller's."""

from app.payments.service.checkout import open_checkout, start_checkout, verify_now
from app.payments.service.recording import apply_credit, record_payment, reverse_payment
from app.payments.service.settling import ask_soon, hold, resolve_held, settle
from app.payments.service.webhooks import receive_webhook

__all__ = [
    "apply_credit",
    "ask_soon",
    "hold",
    "open_checkout",
    "receive_webhook",
    "record_payment",
    "resolve_held",
    "reverse_payment",
    "settle",
    "start_checkout",
    "verify_now",
]
