"""Queueing messages, and recording what became of them."""

from app.messages.service.addresses import inbound, mark, trust_address, trust_again
from app.messages.service.following import accepted, begin_try, receipt, refused
from app.messages.service.queueing import NotResendable, Unreachable, cancel, dispatch, queue_email, resend, unwanted

__all__ = [
    "NotResendable",
    "Unreachable",
    "accepted",
    "begin_try",
    "cancel",
    "dispatch",
    "inbound",
    "mark",
    "queue_email",
    "receipt",
    "refused",
    "resend",
    "trust_address",
    "trust_again",
    "unwanted",
]
