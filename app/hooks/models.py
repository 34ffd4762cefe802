"""Endpoints that are told what happens, the events, and how telling went."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, tenant_key
from app.extensions import db


class Endpoint(Tenant, db.Model):
    """An address of somebody else's software. `events` are the types it wants, empty for all.

    `secret` and, until `old_until`, `old_secret` sign what is sent; both are sealed. `paused_at` stops deliveries, by a
    person or, when a delivery failed for three days and nothing was taken since its first try, by itself (`paused_by`
    "failures"); `failing_since` is when it first failed after it last took something. Removed ones keep their log.
    """

    __tablename__ = "hook_endpoint"
    url: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]] = mapped_column(JSON, default=list)
    secret: Mapped[str] = mapped_column(Text)
    old_secret: Mapped[str] = mapped_column(Text, default="")
    old_until: Mapped[datetime | None] = mapped_column(Instant)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_by: Mapped[str] = mapped_column(String(10), default="")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("ix_hook_endpoint_live", "business_id", "removed_at"),)
    __mapper_args__ = {"version_id_col": version}


class HookEvent(Tenant, db.Model):
    """Something that happened, written when at least one endpoint wanted to know it. `facts` hold no personal data."""

    __tablename__ = "hook_event"
    type: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_hook_event_age", "at"),)


class Delivery(Tenant, db.Model):
    """Telling one endpoint of one event. `state`: waiting, delivered, failed (given up), dropped (not wanted any more).

    `round` counts how often somebody asked for it: 1, and one more each time it is sent again by hand. `failed_at` is
    when the first try of this round failed.
    """

    __tablename__ = "hook_delivery"
    endpoint_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    round: Mapped[int] = mapped_column(Integer, default=1)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(String(300), default="")
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    by_hand: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        tenant_key("endpoint_id", "hook_endpoint"),
        tenant_key("event_id", "hook_event"),
        Index("uq_hook_delivery", "business_id", "endpoint_id", "event_id", unique=True),
        Index("ix_hook_delivery_event", "business_id", "event_id"),
    )
