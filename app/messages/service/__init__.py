"""Queueing messages, and recording what became of them."""

from app.messages.service.addresses import inbound, mark, trust_address, trust_again
from app.messages.service.following import (
    OutcomeKnown,
    accepted,
    begin_again,
    begin_try,
    call_off,
    receipt,
    refused,
    say_lost,
)
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
    would_say,
)
from app.messages.service.queueing_many import Queued, dispatch_many

__all__ = [
    "NotResendable",
    "OutcomeKnown",
    "Queued",
    "TooLate",
    "Unreachable",
    "accepted",
    "begin_again",
    "begin_try",
    "call_off",
    "cancel",
    "dispatch",
    "dispatch_many",
    "inbound",
    "mark",
    "queue_email",
    "receipt",
    "refused",
    "resend",
    "say_lost",
    "take_back",
    "trust_address",
    "trust_again",
    "unwanted",
    "would_say",
]
