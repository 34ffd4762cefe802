"""Rows of recurring billing: plans, subscriptions and the periods that were billed."""

from app.billing.models.changes import BilledDays, SubscriptionChange, SubscriptionChangeItem, SubscriptionTurn
from app.billing.models.plans import Plan, PlanPrice, PlanTax, PriceNotice
from app.billing.models.subscriptions import (
    BilledPeriod,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
)

__all__ = [
    "BilledDays",
    "BilledPeriod",
    "Plan",
    "PlanPrice",
    "PlanTax",
    "PriceNotice",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionChangeItem",
    "SubscriptionItem",
    "SubscriptionItemTax",
    "SubscriptionPause",
    "SubscriptionTurn",
]
