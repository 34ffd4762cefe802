"""Rows of recurring billing: plans, subscriptions, billing runs and the periods that were billed."""

from app.billing.models.plans import Plan, PlanPrice, PlanTax
from app.billing.models.runs import BillingPolicy, BillingRun, ParkedClient, RunEntry
from app.billing.models.subscriptions import (
    BilledPeriod,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
)

__all__ = [
    "BilledPeriod",
    "BillingPolicy",
    "BillingRun",
    "ParkedClient",
    "Plan",
    "PlanPrice",
    "PlanTax",
    "RunEntry",
    "Subscription",
    "SubscriptionItem",
    "SubscriptionItemTax",
    "SubscriptionPause",
]
