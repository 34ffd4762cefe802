"""Reading endpoints and how telling them went; always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.errors import NotFound
from app.extensions import db
from app.hooks.models import Delivery, Endpoint, HookEvent
from app.web.paging import Page, Walk, paginate


def endpoints(business_id: uuid.UUID) -> list[Endpoint]:
    """Those that were not removed, the oldest first."""
    mine = (Endpoint.business_id == business_id, Endpoint.removed_at.is_(None))
    return list(db.session.scalars(select(Endpoint).where(*mine).order_by(Endpoint.id)))


def get_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID) -> Endpoint:
    """One that was not removed. Raises NotFound."""
    found = db.session.get(Endpoint, (business_id, endpoint_id))
    if found is None or found.removed_at is not None:
        raise NotFound
    return found


def listeners(business_id: uuid.UUID) -> Sequence[Any]:
    """(id, events) of those that are told what happens."""
    table = Endpoint.__table__.c
    mine = (table.business_id == business_id, table.removed_at.is_(None), table.paused_at.is_(None))
    return db.session.execute(select(table.id, table.events).where(*mine)).all()


def deliveries(
    business_id: uuid.UUID, endpoint_id: uuid.UUID, cursor: str | Walk | None = None, state: str = ""
) -> Page[Any]:
    """(delivery, event) of one endpoint, the newest first."""
    query = (
        select(Delivery, HookEvent)
        .join(HookEvent, (HookEvent.business_id == Delivery.business_id) & (HookEvent.id == Delivery.event_id))
        .where(Delivery.business_id == business_id, Delivery.endpoint_id == endpoint_id)
    )
    if state:
        query = query.where(Delivery.state == state)
    order = (Delivery.created_at.desc(), Delivery.id.desc())
    return paginate(query, order, cursor, scope=(business_id, endpoint_id, state))
