"""Reading plans and subscriptions; always of one business."""

from app.billing.queries.plans import (
    PlanFilters,
    counts,
    get_plan,
    list_plans,
    plan_taxes,
    plans_by_id,
    prices_of,
)
from app.billing.queries.standings import Standing, of_client, standings
from app.billing.queries.subscriptions import (
    Agreement,
    SubscriptionFilters,
    agreement_of,
    agreements,
    due_clients,
    get_subscription,
    list_subscriptions,
    offers_of,
    overdue_among,
    pauses_of,
    periods_of,
    tariff_for,
)

__all__ = [
    "Agreement",
    "PlanFilters",
    "Standing",
    "SubscriptionFilters",
    "agreement_of",
    "agreements",
    "counts",
    "due_clients",
    "get_plan",
    "get_subscription",
    "list_plans",
    "list_subscriptions",
    "of_client",
    "offers_of",
    "overdue_among",
    "pauses_of",
    "periods_of",
    "plan_taxes",
    "plans_by_id",
    "prices_of",
    "standings",
    "tariff_for",
]
