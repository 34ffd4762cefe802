"""Subscriptions that are on a router, and what is looked at in tests of switching them."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app import jobs
from app.billing import queries, registry, service
from app.billing.models import Router, ServiceRecord, Subscription
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import new_id, writing
from app.extensions import db
from tests.support.tenants import Tenant

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
START = date(2026, 3, 20)


def client_of(tenant: Tenant, name: str = "Zion Bakery") -> uuid.UUID:
    return create_client(tenant.owner, ClientValues(name, email="pay@zion.example"), now=NOW).id


def subscribed(tenant: Tenant, client_id: uuid.UUID, name: str = "Home") -> uuid.UUID:
    """31,000.00 a month, due in seven days, from 20 March on."""
    items = (ItemValues(name, price=Decimal(31_000)),)
    values = SubscriptionValues(client_id, name, "NGN", START, items, terms_days=7)
    return service.subscribe(tenant.owner, values, now=NOW).id


def a_router(tenant: Tenant, name: str = "Core", driver: str = "log", **values: Any) -> uuid.UUID:
    with writing():
        row = Router(business_id=tenant.business_id, id=new_id(), name=name, driver=driver, created_at=NOW, **values)
        db.session.add(row)
    return row.id


def on_router(tenant: Tenant, subscription_id: uuid.UUID, router_id: uuid.UUID, username: str = "ada") -> uuid.UUID:
    with writing():
        row = ServiceRecord(
            business_id=tenant.business_id,
            id=new_id(),
            subscription_id=subscription_id,
            router_id=router_id,
            username=username,
            created_at=NOW,
        )
        db.session.add(row)
    return row.id


def connected(tenant: Tenant) -> tuple[uuid.UUID, uuid.UUID]:
    """A subscription on a pretended router: (subscription, router)."""
    subscription_id, router_id = subscribed(tenant, client_of(tenant)), a_router(tenant)
    on_router(tenant, subscription_id, router_id)
    return subscription_id, router_id


def work() -> None:
    """Do what the queue holds."""
    db.session.rollback()
    jobs.run_all()


def network(tenant: Tenant, subscription_id: uuid.UUID) -> str:
    """How a service really stands on its router."""
    db.session.rollback()
    record = queries.record_of(tenant.business_id, subscription_id)
    assert record is not None
    router = queries.get_router(tenant.business_id, record.router_id)
    return registry.driver_for(registry.reach(router)).status(registry.user_of(record)).state


def log(tenant: Tenant, subscription_id: uuid.UUID) -> list[tuple[str, str]]:
    """What was wanted of a service and what became of it, the latest first."""
    db.session.rollback()
    return [(one.verb, one.state) for one in queries.actions_of(tenant.business_id, subscription_id)]


def row_of(tenant: Tenant, subscription_id: uuid.UUID) -> Subscription:
    db.session.rollback()
    return queries.get_subscription(tenant.business_id, subscription_id)
