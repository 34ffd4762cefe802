"""Pages of plans."""

from flask import Blueprint

blueprint = Blueprint("billing", __name__, url_prefix="/billing")

# Each module adds its routes to the blueprint above.
from app.billing.views import plan_archiving, plan_forms, plan_prices, plans  # noqa: E402

__all__ = ["blueprint", "plan_archiving", "plan_forms", "plan_prices", "plans"]
