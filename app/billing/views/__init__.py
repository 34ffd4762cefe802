"""Pages of plans and subscriptions."""

from flask import Blueprint

blueprint = Blueprint("billing", __name__, url_prefix="/billing")

# Each module adds its routes to the blueprint above.
from app.billing.views import subscription_forms, subscription_verbs, subscriptions  # noqa: E402

__all__ = ["blueprint", "subscription_forms", "subscription_verbs", "subscriptions"]
