"""Rows of recurring billing: plans, subscriptions, billing runs and the periods that were billed."""

from app.billing.models.changes import BilledDays, SubscriptionChange, SubscriptionChangeItem, SubscriptionTurn
from app.billing.models.control import Router, ServiceAction, ServiceDifference, ServiceRecord, ServiceSpan
from app.billing.models.dunning import DunningBatch, DunningCut, DunningPolicy, LateFee
from app.billing.models.plans import Plan, PlanPrice, PlanTax, PriceNotice
from app.billing.models.runs import BillingPolicy, BillingRun, ParkedClient, RunEntry
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
    "BillingPolicy",
    "BillingRun",
    "DunningBatch",
    "DunningCut",
    "DunningPolicy",
    "LateFee",
    "ParkedClient",
    "Plan",
    "PlanPrice",
    "PlanTax",
    "PriceNotice",
    "Router",
    "RunEntry",
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
