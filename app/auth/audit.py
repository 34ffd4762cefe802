"""Writing the audit trail: append-only, in the transaction of what it tells about.

Values of personal fields never enter it: they appear as the field's name and a digest salted with the row's own id.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import insert

from app.auth.models import AuditEvent
from app.auth.rules import Actor
from app.database import new_id, transactional
from app.extensions import db
from app.messages.models import Message

# Into the table: nobody changes a row of it, so the session need not watch over each.
_EVENT = insert(AuditEvent.__table__)  # type: ignore[arg-type]
PERSONAL = frozenset({"name", "email", "phone", "address", "tax_id", "notes", "buyer", "legal_name", "bank_details"})
PERSONAL |= {"username", "ip", "mac"}


@transactional
def record(
    actor: Actor,
    verb: str,
    object_kind: str,
    object_id: uuid.UUID | None,
    now: datetime,
    *,
    client_id: uuid.UUID | None = None,
    facts: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Add one event. `facts` are JSON values without personal data; `changes` maps a field to (before, after)."""
    event_id = new_id()
    event = {
        "business_id": actor.business_id,
        "id": event_id,
        "at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.person_id,
        "actor_name": actor.name if actor.kind != "customer" else "",
        "ip": actor.ip,
        "request_id": actor.request_id,
        "token_id": actor.token.id if actor.token else None,
        "token_name": actor.token.name if actor.token else None,
        "verb": verb,
        "object_kind": object_kind,
        "object_id": object_id,
        "client_id": client_id,
        "facts": dict(facts or {}),
        "changes": {name: _pair(name, event_id, *values) for name, values in (changes or {}).items()},
    }
    db.session.execute(_EVENT, event)
    for listener in current_app.extensions.get("duely_on_recorded", ()):
        listener(event)


@transactional
def record_delivery(message: Message, now: datetime) -> None:
    """Note on what a message was about that it went out, or why it did not, be it that nobody wanted it any more."""
    if message.object_id is None:
        return
    facts = {"message_id": str(message.id), "kind": message.kind, "channel": message.channel}
    verb = "sent"
    if message.state in ("failed", "cancelled"):
        verb, facts["reason"] = "not_sent" if message.state == "failed" else "not_needed", message.reason
    actor, about = Actor.system(message.business_id), (message.object_kind, message.object_id)
    record(actor, verb, *about, now, client_id=message.client_id, facts=facts)


@transactional
def record_trust(
    actor: Actor,
    channel: str,
    addresses: Sequence[str],
    about: tuple[str, uuid.UUID],
    client_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Note who said that addresses which had refused messages work again; of each enough to know it by."""
    facts = {"channel": channel, "addresses": [shortened(address) for address in addresses]}
    record(actor, "trusted_address", *about, now, client_id=client_id, facts=facts)


@transactional
def record_take_back(actor: Actor, message: Message, now: datetime) -> None:
    """Note who kept a message from leaving, on what it was about."""
    facts = {"message_id": str(message.id), "kind": message.kind, "channel": message.channel}
    about = (message.object_kind, message.object_id) if message.object_id else ("message", message.id)
    record(actor, "took_back", *about, now, client_id=message.client_id, facts=facts)


@transactional
def record_stop(
    business_id: uuid.UUID, client_id: uuid.UUID, channel: str, address: str, stopped: bool, now: datetime
) -> None:
    """Note that a client wrote stop, or start, to our number by a channel."""
    facts = {"channel": channel, "addresses": [shortened(address)]}
    verb = "wrote_stop" if stopped else "wrote_start"
    record(Actor.customer(business_id, ""), verb, "client", client_id, now, client_id=client_id, facts=facts)


def shortened(address: str) -> str:
    """Enough of an address or a number to tell it from the others of a client: a…@lekki.example, …4567."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{address[-4:]}"


def differences(row: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields of `row` that `values` would change, as (before, after)."""
    return {name: (getattr(row, name), new) for name, new in values.items() if getattr(row, name) != new}


def _pair(field: str, salt: uuid.UUID, before: Any, after: Any) -> list[Any]:
    if field in PERSONAL:
        return [_digest(salt, before), _digest(salt, after)]
    return [_plain(before), _plain(after)]


def _digest(salt: uuid.UUID, value: Any) -> str:
    return "sha256:" + hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()[:24]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
