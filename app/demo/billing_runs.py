"""Billing runs of the demo business: one that was posted today, and that of next month, which waits for approval."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app import clock
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import service
from app.billing.queries import PlanFilters, list_plans
from app.billing.rules.calendar import in_month
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import run_posting, running
from app.clients.queries import ClientFilters, list_clients

POLICY = PolicyValues(review_days=5, hold_hours=4)
WEEKLY = 2
"""How many clients have a hotspot by the week, from today on."""


def show_runs(owner: Actor, now: datetime) -> None:
    """Bill what is due today, and plan next month."""
    service.change_policy(owner, POLICY, version=0, now=now)
    today = clock.day_in(now, get_business(owner.business_id).timezone)
    [plan] = [one for one in list_plans(owner.business_id, PlanFilters("hotspot")).items if one.code == "W7"]
    for client in list_clients(owner.business_id, ClientFilters(tag="home")).items[:WEEKLY]:
        things = (ItemValues(plan.name, Decimal(1), plan_id=plan.id),)
        values = SubscriptionValues(client.id, plan.name, "NGN", today, things, cycle_unit="week", terms_days=7)
        service.subscribe(owner, values, now=now)
    run_id = service.start_run(owner, today, now=now, by_job=False).id
    while running.plan_next(owner.business_id, run_id, now=now, by_job=False):
        pass
    service.approve(owner, run_id, version=None, looked=True, now=now)
    while run_posting.post_next(owner.business_id, run_id, now=now, by_job=False):
        pass
    coming = service.start_run(owner, in_month(today.year, today.month + 1, 1), now=now, by_job=False).id
    while running.plan_next(owner.business_id, coming, now=now, by_job=False):
        pass
