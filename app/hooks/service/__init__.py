"""What can be done with webhooks. Each function is one transaction, or joins the caller's."""

from app.hooks.service.endpoints import (
    add_endpoint,
    change_endpoint,
    good_until,
    pause_endpoint,
    remove_endpoint,
    require_replaced,
    resume_endpoint,
    rotate_secret,
    send_again,
    try_endpoint,
)
from app.hooks.service.outcomes import clean_up, give_up, record_not_told, record_told
from app.hooks.service.telling import Ready, begin, hears, note_paid, note_recorded

__all__ = [
    "Ready",
    "add_endpoint",
    "begin",
    "change_endpoint",
    "clean_up",
    "give_up",
    "good_until",
    "hears",
    "note_paid",
    "note_recorded",
    "pause_endpoint",
    "record_not_told",
    "record_told",
    "remove_endpoint",
    "require_replaced",
    "resume_endpoint",
    "rotate_secret",
    "send_again",
    "try_endpoint",
]
