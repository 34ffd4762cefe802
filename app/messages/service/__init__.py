"""Queueing messages, and recording what became of them."""

from app.messages.service.following import (
    OutcomeKnown,
    accepted,
    begin_try,
    call_off,
    inbound,
    mark,
    receipt,
    refused,
    say_lost,
    trust_again,
)
from app.messages.service.queueing import NotResendable, Unreachable, cancel, dispatch, queue_email, resend

__all__ = [
    "NotResendable",
    "OutcomeKnown",
    "Unreachable",
    "accepted",
    "begin_try",
    "call_off",
    "cancel",
    "dispatch",
    "inbound",
    "mark",
    "queue_email",
    "receipt",
    "refused",
    "resend",
    "say_lost",
    "trust_again",
]
