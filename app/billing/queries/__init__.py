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

__all__ = ["PlanFilters", "counts", "get_plan", "list_plans", "plan_taxes", "plans_by_id", "prices_of"]
