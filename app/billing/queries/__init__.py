"""Reading plans and subscriptions; always of one business."""

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

__all__ = [
    "PlanFilters",
    "StoredPrice",
    "counts",
    "get_plan",
    "list_plans",
    "plan_taxes",
    "plan_values",
    "plans_by_id",
    "prices_of",
]
