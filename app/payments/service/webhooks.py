"""Notices from gateways: checked on their raw bytes, stored, answered, and only then worked on by a job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from app import jobs
from app.database import insert_once, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.payments.gateways.base import WebhookEvent as Notice
from app.payments.models import Attempt, WebhookEvent
from app.payments.registry import business_by_key, open_gateway


def receive_webhook(gateway: str, business_key: str, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Store a notice whose signature is right; a repeated one is counted. Raises NotFound, BadSignature."""
    business = business_by_key(business_key)
    opened = open_gateway(business.id, gateway) if business else None
    if business is None or opened is None:
        raise NotFound
    notice = opened.read_webhook(raw, headers)
    store(business.id, gateway, notice, raw, now=now)


@transactional
def store(business_id: uuid.UUID, gateway: str, notice: Notice, raw: bytes, *, now: datetime) -> bool:
    """Keep a notice once and plan the work on it. Returns whether it was new."""
    event_id = new_id()
    key = (WebhookEvent.business_id == business_id, WebhookEvent.gateway == gateway)
    row = {
        "business_id": business_id,
        "id": event_id,
        "gateway": gateway,
        "dedupe_key": notice.dedupe_key[:200],
        "name": notice.name[:60],
        "reference": (notice.reference or "")[:200],
        "body": raw,
        "copies": 1,
        "received_at": now,
    }
    if not insert_once(WebhookEvent, **row):
        same = update(WebhookEvent).where(*key, WebhookEvent.dedupe_key == row["dedupe_key"])
        db.session.execute(same.values(copies=WebhookEvent.copies + 1))
        return False
    args = {"event_id": str(event_id), "kind": notice.kind}
    if notice.dispute is not None and notice.dispute.provider_id:
        args["dispute"] = notice.dispute.provider_id
    jobs.enqueue("payments.webhook", f"webhook:{event_id}", args, business_id=business_id, ahead=True)
    return True


@transactional
def handled(business_id: uuid.UUID, event_id: uuid.UUID, *, now: datetime) -> None:
    """Note that the work on a notice is done."""
    mine = (WebhookEvent.business_id == business_id, WebhookEvent.id == event_id)
    db.session.execute(update(WebhookEvent).where(*mine).values(handled_at=now))


def find_event(business_id: uuid.UUID, event_id: uuid.UUID) -> WebhookEvent | None:
    """A stored notice, or None."""
    return db.session.get(WebhookEvent, (business_id, event_id))


def attempt_by_reference(business_id: uuid.UUID, gateway: str, reference: str) -> Attempt | None:
    """The attempt of a business that carries this reference, or None."""
    query = select(Attempt).where(Attempt.business_id == business_id, Attempt.reference == reference)
    return db.session.scalar(query.where(Attempt.gateway == gateway))
