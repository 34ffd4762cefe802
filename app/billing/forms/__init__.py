"""What people type about plans and subscriptions."""

from app.billing.forms.plans import NewPlanForm, PlanForm, PriceForm, stored_plan

__all__ = ["NewPlanForm", "PlanForm", "PriceForm", "stored_plan"]
