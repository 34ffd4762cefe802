"""Routers: connected, changed, tried, and put away."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from app import jobs
from app.auth import audit
from app.auth.rules import Actor
from app.billing.errors import RouterInUse, StaleRouter
from app.billing.models import Router, ServiceRecord
from app.billing.registry import check_address
from app.billing.rules.control import RouterValues
from app.billing.rules.heard import storable
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.vault import seal

_REACHED_BY = ("driver", "address", "port", "username")
_NEEDS_SECRET = ("webhook", "routeros", "radius")
SHORTEST_KEY = 16
"""Characters of the key that webhooks are signed with."""


@transactional
def connect_router(actor: Actor, values: RouterValues, secret: str, *, now: datetime) -> Router:
    """Add a router. `secret` is its password, or the key for a webhook; it is sealed. Raises Invalid."""
    actor.require("admin")
    _check_secret(values.driver, secret)
    check_address(values.driver, values.address)
    row = Router(business_id=actor.business_id, id=new_id(), created_at=now, **values.columns())
    row.secret = seal(secret) if secret else ""
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "connected", "router", row.id, now, facts={"driver": row.driver})
    return row


@transactional
def change_router(
    actor: Actor, router_id: uuid.UUID, values: RouterValues, secret: str, *, version: int, now: datetime
) -> Router:
    """Change a router; an empty `secret` keeps the one that is there, unless it would go somewhere else.

    Raises NotFound, StaleRouter, Invalid.
    """
    row = _held(actor, router_id)
    if row.version != version:
        raise StaleRouter(current=row)
    changes = audit.differences(row, values.columns())
    moved = any(name in changes for name in _REACHED_BY)
    if secret or moved:
        # What is kept is never sent to an address that somebody else typed.
        _check_secret(values.driver, secret)
    if moved:
        check_address(values.driver, values.address)
    for name, value in values.columns().items():
        setattr(row, name, value)
    if secret or moved:
        row.secret = seal(secret) if secret else ""
        row.tried, row.tried_at, row.error = "", None, ""
        row.failing_since, row.failed_at = None, None
    row.version += 1
    db.session.flush()
    facts = {"secret": "replaced"} if secret else {}
    told = {name: pair for name, pair in changes.items() if name != "options"}
    audit.record(actor, "changed", "router", row.id, now, changes=told, facts=facts)
    return row


@transactional
def put_away_router(actor: Actor, router_id: uuid.UUID, *, now: datetime) -> None:
    """Use a router no more. Raises NotFound, RouterInUse while services are on it."""
    row = _held(actor, router_id)
    on_it = (ServiceRecord.business_id == row.business_id, ServiceRecord.router_id == row.id)
    if db.session.scalar(select(ServiceRecord.id).where(*on_it).limit(1)) is not None:
        raise RouterInUse
    row.archived_at, row.secret = now, ""
    audit.record(actor, "archived", "router", row.id, now)


@transactional
def try_router(actor: Actor, router_id: uuid.UUID, *, now: datetime) -> None:
    """Have a job try the connection; what it said stands on the page. Raises NotFound."""
    row = _held(actor, router_id)
    row.tried, row.tried_at = "", now
    args = {"router_id": str(row.id)}
    jobs.enqueue("billing.try_router", f"try:{row.id}:{new_id()}", args, business_id=row.business_id)
    audit.record(actor, "tried", "router", row.id, now)


@transactional
def record_try(business_id: uuid.UUID, router_id: uuid.UUID, said: str, *, now: datetime) -> None:
    """Keep what a try said."""
    row = locked(Router, business_id, router_id)
    if row is not None:
        row.tried, row.tried_at = storable(said), now


def _held(actor: Actor, router_id: uuid.UUID) -> Router:
    actor.require("admin")
    row = locked(Router, actor.business_id, router_id)
    if row is None or row.archived_at is not None:
        raise NotFound
    return row


def _check_secret(driver: str, secret: str) -> None:
    if driver in _NEEDS_SECRET and not secret:
        raise Invalid("secret", "Enter it: it is kept for one address and user name only.")
    if driver == "webhook" and len(secret) < SHORTEST_KEY:
        raise Invalid("secret", f"Use a key of at least {SHORTEST_KEY} characters.")
