"""Reading plans and subscriptions; always of one business."""

from app.billing.queries import due, run_facts, runs
from app.billing.queries.plans import (
    PlanFilters,
    StoredPrice,
    counts,
    get_plan,
    list_plans,
    plan_taxes,
    plan_values,
    plans_by_id,
    prices_of,
)
from app.billing.queries.policies import find_policy, parked, policy_of
from app.billing.queries.runs import get_run, in_review, list_runs
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
    "StoredPrice",
    "SubscriptionFilters",
    "agreement_of",
    "agreements",
    "counts",
    "due",
    "due_clients",
    "find_policy",
    "get_plan",
    "get_run",
    "get_subscription",
    "in_review",
    "list_plans",
    "list_runs",
    "list_subscriptions",
    "of_client",
    "offers_of",
    "overdue_among",
    "parked",
    "pauses_of",
    "periods_of",
    "plan_taxes",
    "plan_values",
    "plans_by_id",
    "policy_of",
    "prices_of",
    "run_facts",
    "runs",
    "standings",
    "tariff_for",
]
