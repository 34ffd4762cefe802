"""Events of the audit trail by the thousand, as `audit.record` writes each; append-only like all of it."""

from __future__ import annotations

from datetime import datetime

from app.auth.models import AuditEvent
from app.auth.rules import Actor
from app.bulk import Sheet


def trail(actor: Actor, now: datetime) -> Sheet:
    """A sheet for events of one actor at one moment: id, verb, object kind and id, client, and the facts as JSON.

    Facts are without personal data, as everywhere in the trail.
    """
    return Sheet(
        AuditEvent,
        ("id", "verb", "object_kind", "object_id", "client_id", "facts"),
        actor.business_id,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.person_id,
        actor_name=actor.name if actor.kind != "customer" else "",
        ip=actor.ip,
        request_id=actor.request_id,
    )
