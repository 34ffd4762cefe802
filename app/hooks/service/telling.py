"""Noting what happens for those who want to know it, and getting ready to tell them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import clock, jobs
from app.database import new_id, transactional
from app.extensions import db
from app.hooks import queries
from app.hooks.models import Delivery, Endpoint, HookEvent
from app.hooks.rules import Happening, body_of, told, type_of
from app.vault import unseal


@dataclass(frozen=True, slots=True)
class Ready:
    """One delivery that is about to be made."""

    delivery_id: uuid.UUID
    endpoint_id: uuid.UUID
    event_id: uuid.UUID
    url: str
    secrets: tuple[str, ...]
    body: bytes
    type: str


def note_recorded(event: Mapping[str, Any]) -> None:
    """When something is written into the audit trail: have those told who want to know it, in its transaction."""
    type = type_of(event["object_kind"], event["verb"], event["facts"])
    if type is not None and event["object_id"] is not None:
        about = (event["object_kind"], event["object_id"], event["client_id"])
        note(type, Happening(event["business_id"], *about, event["facts"], event["at"]))


def note_paid(business_id: uuid.UUID, client_id: uuid.UUID | None, invoice_id: uuid.UUID) -> None:
    """When money or credit settles an invoice, in the same transaction."""
    note("invoice.paid", Happening(business_id, "invoice", invoice_id, client_id, {}, clock.now()))


@transactional
def note(type: str, happening: Happening) -> None:
    """Have everybody told who wants to know events of a type."""
    whose = happening.business_id
    wanting = [row.id for row in queries.listeners(whose) if not row.events or type in row.events]
    if not wanting:
        return
    about = (happening.kind, happening.object_id, happening.client_id)
    event = new_event(whose, type, *about, told(type, happening.facts), happening.at)
    for endpoint_id in wanting:
        plan_delivery(whose, endpoint_id, event.id, happening.at)


def hears(business_id: uuid.UUID) -> bool:
    """Whether anybody of a business is told anything."""
    return bool(queries.listeners(business_id))


@transactional
def begin(business_id: uuid.UUID, delivery_id: uuid.UUID, round: int, now: datetime) -> Ready | None:
    """What a delivery needs; None when nobody waits for it any more. Raises vault.Unreadable."""
    found = db.session.get(Delivery, (business_id, delivery_id))
    if found is None or found.state != "waiting" or found.round != round:
        return None
    endpoint = db.session.get(Endpoint, (business_id, found.endpoint_id))
    event = db.session.get(HookEvent, (business_id, found.event_id))
    assert endpoint is not None
    assert event is not None
    if endpoint.removed_at is not None or endpoint.paused_at is not None:
        found.state, found.answer = "dropped", "The webhook was paused or removed before it was told."
        return None
    replaced = endpoint.old_until is not None and endpoint.old_until > now
    good = [endpoint.secret, *([endpoint.old_secret] if endpoint.old_secret and replaced else [])]
    keys = tuple(unseal(one) for one in good)
    return Ready(found.id, endpoint.id, event.id, endpoint.url, keys, body_of(event), event.type)


def new_event(
    whose: uuid.UUID,
    type: str,
    kind: str,
    object_id: uuid.UUID,
    client_id: uuid.UUID | None,
    facts: Mapping[str, Any],
    now: datetime,
) -> HookEvent:
    event = HookEvent(
        id=new_id(),
        business_id=whose,
        type=type,
        object_kind=kind,
        object_id=object_id,
        client_id=client_id,
        facts=dict(facts),
        at=now,
    )
    db.session.add(event)
    db.session.flush()
    return event


def plan_delivery(whose: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, now: datetime) -> Delivery:
    made = Delivery(id=new_id(), business_id=whose, endpoint_id=endpoint_id, event_id=event_id, created_at=now)
    made.round = 1
    db.session.add(made)
    db.session.flush()
    plan(made)
    return made


def plan(delivery: Delivery) -> None:
    db.session.flush()
    args = {"delivery_id": str(delivery.id), "round": delivery.round}
    key = f"hooks.deliver:{delivery.id}:{delivery.round}"
    jobs.enqueue("hooks.deliver", key, args, business_id=delivery.business_id)
