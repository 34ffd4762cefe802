"""Changing plans and subscriptions, and billing them."""

from app.billing.service.controlling import reactivate, restore, restore_batch, suspend, throttle
from app.billing.service.plans import (
    archive_plan,
    change_plan,
    create_plan,
    restore_plan,
    set_price,
    withdraw_price,
)
from app.billing.service.subscribing import preview, subscribe
from app.billing.service.subscriptions import cancel, change_subscription, keep, pause, resume

__all__ = [
    "archive_plan",
    "cancel",
    "change_plan",
    "change_subscription",
    "create_plan",
    "keep",
    "pause",
    "preview",
    "reactivate",
    "restore",
    "restore_batch",
    "restore_plan",
    "resume",
    "set_price",
    "subscribe",
    "suspend",
    "throttle",
    "withdraw_price",
]
