"""Rows of recurring billing: plans, subscriptions and the periods that were billed."""

from app.billing.models.changes import BilledDays, SubscriptionChange, SubscriptionChangeItem, SubscriptionTurn
from app.billing.models.control import Router, ServiceAction, ServiceDifference, ServiceRecord, ServiceSpan
from app.billing.models.dunning import DunningBatch, DunningCut, DunningPolicy, LateFee
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
    "DunningBatch",
    "DunningCut",
    "DunningPolicy",
    "LateFee",
    "Plan",
    "PlanPrice",
    "PlanTax",
    "PriceNotice",
    "Router",
    "ServiceAction",
    "ServiceDifference",
    "ServiceRecord",
    "ServiceSpan",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionChangeItem",
    "SubscriptionItem",
    "SubscriptionItemTax",
    "SubscriptionPause",
    "SubscriptionTurn",
]
