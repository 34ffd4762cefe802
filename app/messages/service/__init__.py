"""Queueing messages, and recording what became of them."""

from app.messages.service.addresses import inbound, mark, trust_address, trust_again
from app.messages.service.following import accepted, begin_again, begin_try, receipt, refused
from app.messages.service.queueing import (
    NotResendable,
    TooLate,
    Unreachable,
    cancel,
    dispatch,
    queue_email,
    resend,
    take_back,
    unwanted,
)

__all__ = [
    "NotResendable",
    "TooLate",
    "Unreachable",
    "accepted",
    "begin_again",
    "begin_try",
    "cancel",
    "dispatch",
    "inbound",
    "mark",
    "queue_email",
    "receipt",
    "refused",
    "resend",
    "take_back",
    "trust_address",
    "trust_again",
    "unwanted",
]
