"""Pages of plans, subscriptions and billing runs."""

from flask import Blueprint

blueprint = Blueprint("billing", __name__, url_prefix="/billing")

# Each module adds its routes to the blueprint above.
from app.billing.views import (  # noqa: E402
    plan_archiving,
    plan_forms,
    plan_notices,
    plan_prices,
    plans,
    preview,
    recurring_forms,
    run_verbs,
    runs,
    service_verbs,
    services,
    subscription_changes,
    subscription_forms,
    subscription_verbs,
    subscriptions,
)
from app.billing.views.routers import blueprint as router_blueprint  # noqa: E402

__all__ = [
    "blueprint",
    "plan_archiving",
    "plan_forms",
    "plan_notices",
    "plan_prices",
    "plans",
    "preview",
    "recurring_forms",
    "router_blueprint",
    "run_verbs",
    "runs",
    "service_verbs",
    "services",
    "subscription_changes",
    "subscription_forms",
    "subscription_verbs",
    "subscriptions",
]
