"""Events of the audit trail by the thousand, as `audit.record` writes each; append-only like all of it."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from flask import current_app

from app.auth.models import AuditEvent
from app.auth.rules import Actor
from app.bulk import NOTHING, Row, Sheet, Tail


class Trail(Sheet):
    """Such a sheet where somebody outside wants to know what is written on it: it remembers until it tells."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heard: list[Row] = []

    def add(self, own: Row, more: Tail = NOTHING) -> None:
        """One more row, which is told later."""
        super().add(own, more)
        self._heard.append(own)


def tell(events: Sheet, actor: Actor, now: datetime) -> None:
    """Let those know who listen to the trail, once the rows of a sheet are written."""
    if not isinstance(events, Trail):
        return
    heard, events._heard = events._heard, []
    for _, verb, kind, object_id, client_id, facts in heard:
        event = {"business_id": actor.business_id, "verb": verb, "object_kind": kind, "at": now}
        ids = {"object_id": uuid.UUID(object_id), "client_id": client_id and uuid.UUID(client_id)}
        for listener in current_app.extensions.get("duely_on_recorded", ()):
            listener({**event, **ids, "facts": json.loads(facts)})


def trail(actor: Actor, now: datetime) -> Sheet:
    """A sheet for events of one actor at one moment: id, verb, object kind and id, client, and the facts as JSON.

    Facts are without personal data, as everywhere in the trail.
    """
    hears = current_app.extensions.get("duely_hears")
    kind = Trail if hears is not None and hears(actor.business_id) else Sheet
    return kind(
        AuditEvent,
        ("id", "verb", "object_kind", "object_id", "client_id", "facts"),
        actor.business_id,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.person_id,
        actor_name=actor.name if actor.kind != "customer" else "",
        ip=actor.ip,
        request_id=actor.request_id,
        token_id=actor.token.id if actor.token else None,
        token_name=actor.token.name if actor.token else None,
    )
