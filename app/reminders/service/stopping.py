"""A client says by a link that they want no reminders, and staff may take it back when asked to."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.rules import Actor
from app.auth.service import links
from app.clients.models import Client
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db


def find_client(token: str, now: datetime) -> Client:
    """Whose link it is. Raises NotFound."""
    link = links.find_link(token, "remind", now)
    client = db.session.get(Client, (link.business_id, link.object_id)) if link else None
    if client is None:
        raise NotFound
    return client


@transactional
def stop_reminders(token: str, *, now: datetime) -> Client:
    """Send this client no more reminders; invoices and receipts still come. Raises NotFound."""
    found = find_client(token, now)
    client = locked(Client, found.business_id, found.id)
    if client is None:
        raise NotFound
    if client.no_reminders_at is None:
        client.no_reminders_at = client.updated_at = now
        actor = Actor.customer(client.business_id, client.name)
        audit.record(actor, "stopped_reminders", "client", client.id, now, client_id=client.id)
    return client


@transactional
def want_reminders(token: str, *, now: datetime) -> Client:
    """Remind this client again, who stopped it before and takes that back. Raises NotFound."""
    found = find_client(token, now)
    client = locked(Client, found.business_id, found.id)
    if client is None:
        raise NotFound
    if client.no_reminders_at is not None:
        client.no_reminders_at, client.updated_at = None, now
        actor = Actor.customer(client.business_id, client.name)
        audit.record(actor, "allowed_reminders", "client", client.id, now, client_id=client.id)
    return client


@transactional
def allow_reminders(actor: Actor, client_id: uuid.UUID, *, now: datetime) -> None:
    """Remind a client again, who asked for it. Raises NotFound."""
    actor.require("staff")
    client = locked(Client, actor.business_id, client_id)
    if client is None:
        raise NotFound
    if client.no_reminders_at is not None:
        client.no_reminders_at, client.updated_at = None, now
        audit.record(actor, "allowed_reminders", "client", client_id, now, client_id=client_id)
