"""What can be done with money that comes in. Each function is one transaction, or joins the caller's."""

from app.payments.service.cards import Consent, remove_card
from app.payments.service.charging import charge_now
from app.payments.service.checkout import open_checkout, start_checkout, verify_now
from app.payments.service.credit import apply_credit, take_off, use_credit
from app.payments.service.crediting import credit_invoice, void_note
from app.payments.service.matching import match_held
from app.payments.service.recording import Told, record_balance, record_money, record_payment, reverse_payment
from app.payments.service.refunding import refund, undo_refund
from app.payments.service.settling import ask_soon, hold, resolve_held, settle
from app.payments.service.unsettled import ask_anew, say_not_paid
from app.payments.service.webhooks import receive_webhook

__all__ = [
    "Consent",
    "Told",
    "apply_credit",
    "ask_anew",
    "ask_soon",
    "charge_now",
    "credit_invoice",
    "hold",
    "match_held",
    "open_checkout",
    "receive_webhook",
    "record_balance",
    "record_money",
    "record_payment",
    "refund",
    "remove_card",
    "resolve_held",
    "reverse_payment",
    "say_not_paid",
    "settle",
    "start_checkout",
    "take_off",
    "undo_refund",
    "use_credit",
    "verify_now",
    "void_note",
]
