"""Changing plans and subscriptions, and billing them."""

from app.billing.service.plans import (
    archive_plan,
    change_plan,
    create_plan,
    restore_plan,
    set_price,
    withdraw_price,
)

__all__ = ["archive_plan", "change_plan", "create_plan", "restore_plan", "set_price", "withdraw_price"]
