"""Changing plans and subscriptions, and billing them."""

from app.billing.service.plans import (
    archive_plan,
    change_plan,
    create_plan,
    restore_plan,
    set_price,
    withdraw_price,
)
from app.billing.service.subscriptions import cancel, keep, pause, resume, subscribe

__all__ = [
    "archive_plan",
    "cancel",
    "change_plan",
    "create_plan",
    "keep",
    "pause",
    "restore_plan",
    "resume",
    "set_price",
    "subscribe",
    "withdraw_price",
]
