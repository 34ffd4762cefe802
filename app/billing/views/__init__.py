"""Pages of plans, subscriptions and billing runs."""

from flask import Blueprint

blueprint = Blueprint("billing", __name__, url_prefix="/billing")

# Each module adds its routes to the blueprint above.
from app.billing.views import (  # noqa: E402
    plan_archiving,
    plan_forms,
    plan_prices,
    plans,
    run_verbs,
    runs,
    subscription_forms,
    subscription_verbs,
    subscriptions,
)

__all__ = [
    "blueprint",
    "plan_archiving",
    "plan_forms",
    "plan_prices",
    "plans",
    "run_verbs",
    "runs",
    "subscription_forms",
    "subscription_verbs",
    "subscriptions",
]
