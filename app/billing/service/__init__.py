"""Changing plans and subscriptions, and billing them."""

from app.billing.service.billing import bill_subscription
from app.billing.service.controlling import reactivate, restore, restore_batch, suspend, throttle
from app.billing.service.plans import (
    archive_plan,
    change_plan,
    create_plan,
    restore_plan,
    set_price,
    withdraw_price,
)
from app.billing.service.run_deciding import decide
from app.billing.service.run_policies import change_policy, let_go
from app.billing.service.run_reversing import reverse
from app.billing.service.running import approve, discard, plan_again, start_run
from app.billing.service.subscribing import preview, subscribe
from app.billing.service.subscriptions import cancel, change_subscription, keep, pause, resume

__all__ = [
    "approve",
    "archive_plan",
    "bill_subscription",
    "cancel",
    "change_plan",
    "change_policy",
    "change_subscription",
    "create_plan",
    "decide",
    "discard",
    "keep",
    "let_go",
    "pause",
    "plan_again",
    "preview",
    "reactivate",
    "restore",
    "restore_batch",
    "restore_plan",
    "resume",
    "reverse",
    "set_price",
    "start_run",
    "subscribe",
    "suspend",
    "throttle",
    "withdraw_price",
]
