"""Changing where others are told what happens."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import registry
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.hooks.errors import IsPaused, StaleEndpoint, StillReplacing
from app.hooks.models import Delivery, Endpoint
from app.hooks.rules import MOST, EndpointValues
from app.hooks.service import telling
from app.vault import seal

MARK = "whsec_"
BOTH_GOOD = timedelta(hours=24)
"""How long the old secret signs, too, after it was replaced."""
_LEAKED = "Replace it again after that; if somebody else knows it, remove the webhook and add it anew."


@transactional
def add_endpoint(actor: Actor, values: EndpointValues, now: datetime) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is never told again. Needs admin. Raises Invalid past MOST of them."""
    actor.require("admin")
    there = select(func.count()).where(Endpoint.business_id == actor.business_id, Endpoint.removed_at.is_(None))
    if (db.session.scalar(there) or 0) >= MOST:
        raise Invalid("url", f"Keep at most {MOST} webhooks.")
    raw = MARK + secrets.token_urlsafe(32)
    row = Endpoint(id=new_id(), business_id=actor.business_id, secret=seal(raw), created_at=now)
    _write(row, values)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "created", "webhook", row.id, now, facts={"events": row.events})
    return row, raw


@transactional
def change_endpoint(
    actor: Actor, endpoint_id: uuid.UUID, values: EndpointValues, version: int, now: datetime
) -> Endpoint:
    """Change where and what is told. Needs admin. Raises NotFound, StaleEndpoint."""
    row = _held(actor, endpoint_id, version)
    _write(row, values)
    audit.record(actor, "changed", "webhook", row.id, now, facts={"events": row.events})
    return row


@transactional
def rotate_secret(actor: Actor, endpoint_id: uuid.UUID, now: datetime, version: int | None = None) -> str:
    """A new secret, told once; for a day the old one signs, too. Needs admin. Raises NotFound, StaleEndpoint, and
    StillReplacing until that day is over: receivers may know the oldest of three only."""
    row = _held(actor, endpoint_id, version)
    require_replaced(row, now)
    raw = MARK + secrets.token_urlsafe(32)
    row.old_secret, row.old_until, row.secret = row.secret, now + BOTH_GOOD, seal(raw)
    audit.record(actor, "rotated_secret", "webhook", row.id, now)
    return raw


def good_until(row: Endpoint, now: datetime) -> datetime | None:
    """Until when the secret that was replaced signs, too; None when it does not any more."""
    return row.old_until if row.old_secret and row.old_until is not None and row.old_until > now else None


def require_replaced(row: Endpoint, now: datetime) -> None:
    """Raise StillReplacing, which says until when, while the secret that was replaced signs, too."""
    until = good_until(row, now)
    if until is not None:
        local = until.astimezone(ZoneInfo(get_business(row.business_id).timezone))
        when = f"{local.day} {local:%B %Y, %H:%M}"
        raise StillReplacing(f"The secret was replaced lately, and the one before it is good until {when}. {_LEAKED}")


@transactional
def pause_endpoint(actor: Actor, endpoint_id: uuid.UUID, now: datetime, version: int | None = None) -> Endpoint:
    """Tell it nothing until somebody lets it go on; what happens meanwhile is not told later. Needs admin. Raises
    NotFound, StaleEndpoint."""
    row = _held(actor, endpoint_id, version)
    if row.paused_at is None:
        row.paused_at, row.paused_by = now, "person"
        audit.record(actor, "paused", "webhook", row.id, now)
    return row


@transactional
def resume_endpoint(actor: Actor, endpoint_id: uuid.UUID, now: datetime, version: int | None = None) -> Endpoint:
    """Tell it again what happens. Needs admin. Raises NotFound, StaleEndpoint."""
    row = _held(actor, endpoint_id, version)
    if row.paused_at is not None:
        row.paused_at, row.paused_by, row.failing_since = None, "", None
        audit.record(actor, "resumed", "webhook", row.id, now)
    return row


@transactional
def remove_endpoint(actor: Actor, endpoint_id: uuid.UUID, now: datetime, version: int | None = None) -> None:
    """Forget where it is and its secrets. Needs admin. Raises NotFound, StaleEndpoint."""
    row = _held(actor, endpoint_id, version)
    row.removed_at, row.secret, row.old_secret = now, "", ""
    audit.record(actor, "removed", "webhook", row.id, now)


@transactional
def send_again(actor: Actor, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, now: datetime) -> Delivery:
    """Tell an endpoint once more of an event. Needs admin. Raises NotFound, IsPaused."""
    row = _held(actor, endpoint_id)
    if row.paused_at is not None:
        raise IsPaused
    found = locked(Delivery, actor.business_id, delivery_id)
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFound
    found.state, found.round, found.by_hand, found.failed_at = "waiting", found.round + 1, True, None
    audit.record(actor, "sent_again", "webhook", row.id, now, facts={"event_id": str(found.event_id)})
    telling.plan(found)
    return found


@transactional
def try_endpoint(actor: Actor, endpoint_id: uuid.UUID, now: datetime) -> Delivery:
    """Send an event "ping" that means nothing. Needs admin. Raises NotFound, IsPaused."""
    row = _held(actor, endpoint_id)
    if row.paused_at is not None:
        raise IsPaused
    event = telling.new_event(actor.business_id, "ping", "webhook", row.id, None, {}, now)
    return telling.plan_delivery(actor.business_id, row.id, event.id, now)


def _write(row: Endpoint, values: EndpointValues) -> None:
    registry.check_url(values.url, "url")
    row.url, row.description, row.events = values.url, values.description, list(values.events)


def _held(actor: Actor, endpoint_id: uuid.UUID, version: int | None = None) -> Endpoint:
    actor.require("admin")
    row = locked(Endpoint, actor.business_id, endpoint_id)
    if row is None or row.removed_at is not None:
        raise NotFound
    if version is not None and row.version != version:
        raise StaleEndpoint(current=row)
    return row
