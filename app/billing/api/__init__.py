"""Recurring billing as programs see it: plans, subscriptions and their services, runs, dunning, and routers."""

from app.billing.api import (
    billed,
    billing,
    changes,
    dunning,
    dunning_settings,
    ladders,
    plan_prices,
    plans,
    promises,
    routers,
    run_settings,
    run_verbs,
    runs,
    services,
    subscriptions,
    verbs,
    whose,
)

BLUEPRINTS = (
    plans.blueprint,
    subscriptions.blueprint,
    runs.blueprint,
    billing.blueprint,
    dunning.blueprint,
    promises.blueprint,
    routers.blueprint,
    run_settings.blueprint,
    whose.blueprint,
)

__all__ = [
    "BLUEPRINTS",
    "billed",
    "changes",
    "dunning_settings",
    "ladders",
    "plan_prices",
    "run_verbs",
    "services",
    "verbs",
]
