"""How services are switched: the routers, the names that subscribers have on them, and everything that was wanted."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class Router(Tenant, db.Model):
    """What switches services: a router, a RADIUS database, or whoever takes our webhook.

    `secret` is sealed: the password of a router or a database, or the key that webhooks are signed with. `options` are
    what its driver needs beside these, none secret. `error` is why it could not be used when it was tried last, at
    `failed_at` and ever since `failing_since`; empty as long as it answers. `tried` is what the last try on its page
    said, and `compared` what the last comparison with billing did. `version` counts what people change, not what jobs
    note.
    """

    __tablename__ = "router"
    name: Mapped[str] = mapped_column(String(120))
    driver: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(300), default="")
    port: Mapped[int | None] = mapped_column(Integer)
    username: Mapped[str] = mapped_column(String(120), default="")
    secret: Mapped[str] = mapped_column(Text, default="")
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(300), default="")
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    tried: Mapped[str] = mapped_column(String(300), default="")
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    compared: Mapped[str] = mapped_column(String(300), default="")
    compared_at: Mapped[datetime | None] = mapped_column(Instant)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        CheckConstraint("driver IN ('log', 'webhook', 'routeros', 'radius')", name="driver"),
        Index("ix_router_name", "business_id", "name", "id"),
    )


class ServiceRecord(Tenant, db.Model):
    """Under which name a subscription is known on a router. Its password is sealed and never shown.

    `profile` is its usual profile or group there. `network_state` is what the router said at `seen_at`; `online` is
    None where it does not say. While `calling_until` lies ahead, `calling` is being carried out and nothing else is.
    `version` counts what people change, not what jobs note.
    """

    __tablename__ = "service_record"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    router_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    username: Mapped[str] = mapped_column(String(64))
    password: Mapped[str] = mapped_column(Text, default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    mac: Mapped[str] = mapped_column(String(17), default="")
    profile: Mapped[str] = mapped_column(String(64), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    search: Mapped[str] = mapped_column(Text, default="")
    network_state: Mapped[str] = mapped_column(String(12), default="")
    online: Mapped[bool | None] = mapped_column(Boolean)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    calling: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    calling_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("router_id", "router"),
        Index("uq_service_record", "business_id", "subscription_id", unique=True),
        Index("uq_service_record_username", "business_id", "router_id", "username", unique=True),
    )


class ServiceAction(Tenant, db.Model):
    """One thing that was wanted of a service, why, by whom, and what became of it on the network.

    `state`: wanted until a router has done it; done, also where no router is connected; failed when it is given up;
    superseded when something newer was wanted first. `answer` is what the router said. `batch_id` names the sweep that
    wanted it, `invoice_id` what is owed.
    """

    __tablename__ = "service_action"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    verb: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(300), default="")
    actor_kind: Mapped[str] = mapped_column(String(8))
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    batch_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(10), default="wanted")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    answer: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        tenant_key("invoice_id", "invoice"),
        CheckConstraint("verb IN ('suspend', 'throttle', 'restore')", name="verb"),
        Index("ix_service_action", "business_id", "subscription_id", "id"),
        Index(
            "ix_service_action_open",
            "business_id",
            "state",
            "id",
            sqlite_where=text("state IN ('wanted', 'failed')"),
            postgresql_where=text("state IN ('wanted', 'failed')"),
        ),
        Index(
            "ix_service_action_batch",
            "business_id",
            "batch_id",
            "id",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(
            "ix_service_action_invoice",
            "business_id",
            "invoice_id",
            sqlite_where=text("invoice_id IS NOT NULL"),
            postgresql_where=text("invoice_id IS NOT NULL"),
        ),
    )


class ServiceSpan(Tenant, db.Model):
    """From when to when a service was suspended or throttled; open while `until` is None."""

    __tablename__ = "service_span"
    subscription_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("subscription_id", "subscription"),
        CheckConstraint("kind IN ('suspended', 'throttled')", name="kind"),
        CheckConstraint("until IS NULL OR until >= since", name="order"),
        Index("ix_service_span", "business_id", "subscription_id", "since"),
        Index(
            "uq_service_span_open",
            "business_id",
            "subscription_id",
            "kind",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )


class ServiceDifference(Tenant, db.Model):
    """What a router and Duely did not agree on when they were compared last; each comparison writes these anew.

    `kind`: state (the router has `found`, Duely wants `wanted`), missing (the router does not know the user) or
    unknown (Duely does not).
    """

    __tablename__ = "service_difference"
    router_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    record_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(8))
    username: Mapped[str] = mapped_column(String(255))
    wanted: Mapped[str] = mapped_column(String(12), default="")
    found: Mapped[str] = mapped_column(String(12), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("router_id", "router"),
        tenant_key("record_id", "service_record"),
        Index("ix_service_difference", "business_id", "router_id", "id"),
        Index("ix_service_difference_record", "business_id", "record_id"),
    )
