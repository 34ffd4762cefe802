"""The audit trail: who did what, when, from where."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app.auth import lists
from app.auth.api import business
from app.auth.lists import EventFilters
from app.auth.models import AuditEvent
from app.web.api import ListQuery, Out, Since, instant, operation, paged


class AuditTokenOut(Out):
    """What a program came with: a token that somebody made, or one that it got by signing in, which has no name."""

    id: uuid.UUID = Field(description="The `audit_id` of a token.")
    kind: Literal["personal", "signed_in"]
    name: str


class AuditActorOut(Out):
    """Who did it: a person who works here, a customer with a link, or Duely itself. `token` is what a program came with
    that acted for them; none for somebody in a browser."""

    kind: Literal["person", "customer", "system"]
    id: uuid.UUID | None
    name: str
    token: AuditTokenOut | None


class AuditEventOut(Out):
    """Something that happened. `changes` are [before, after] by field; personal values stand there as digests."""

    id: uuid.UUID
    at: datetime
    actor: AuditActorOut
    verb: str
    object_kind: str
    object_id: uuid.UUID | None
    customer_id: uuid.UUID | None
    ip: str
    request_id: str
    facts: dict[str, Any]
    changes: dict[str, Any]


class AuditQuery(ListQuery):
    """What to narrow it to."""

    verb: str = Field("", max_length=40, examples=["issued"])
    object_kind: str = Field("", max_length=24, examples=["invoice"])
    object_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None
    actor_kind: Literal["", "person", "customer", "system"] = ""
    actor_id: uuid.UUID | None = Field(None, description="A member's id.")
    token_id: uuid.UUID | None = Field(None, description="The `audit_id` of a token: what was done with it.")
    since: Since | None = Field(None, description="From this moment on.")
    until: Since | None = Field(None, description="Before this moment.")


EVENT = {
    "id": "01936f4e-7c00-7000-8000-000000000032",
    "at": "2026-11-20T10:30:00Z",
    "actor": {
        "kind": "person",
        "id": "01936f4e-7c00-7000-8000-000000000002",
        "name": "Tolu Adeyemi",
        "token": {"id": "01936f4e-7c00-7000-8000-000000000030", "kind": "personal", "name": "Accounting export"},
    },
    "verb": "issued",
    "object_kind": "invoice",
    "object_id": "01936f4e-7c00-7000-8000-000000000040",
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "ip": "203.0.113.7",
    "request_id": "6f1c2b9e0d3a4f57",
    "facts": {"number": "INV-2026-0001"},
    "changes": {},
}


@business.get("/audit/")
@operation(
    "Read the audit trail",
    role="admin",
    scope="audit:read",
    query=AuditQuery,
    gives=AuditEventOut,
    many=True,
    example=EVENT,
)
def list_audit_events(query: AuditQuery) -> Response:
    """What happened in the business, the newest first. Nothing in it is ever changed."""
    filters = EventFilters(
        verb=query.verb,
        object_kind=query.object_kind,
        object_id=query.object_id,
        client_id=query.customer_id,
        actor_kind=query.actor_kind,
        actor_id=query.actor_id,
        token_id=query.token_id,
        since=query.since,
        until=query.until,
    )
    return paged(lists.list_events(current_user.business_id, filters, query.walk), query, _event)


def _event(event: AuditEvent) -> dict[str, Any]:
    who = {"kind": event.actor_kind, "id": _id(event.actor_id), "name": event.actor_name, "token": _token(event)}
    plain = ("verb", "object_kind", "ip", "request_id", "facts", "changes")
    return {
        "id": str(event.id),
        "at": instant(event.at),
        "actor": who,
        "object_id": _id(event.object_id),
        "customer_id": _id(event.client_id),
        **{name: getattr(event, name) for name in plain},
    }


def _token(event: AuditEvent) -> dict[str, str] | None:
    if event.token_id is None:
        return None
    kind = "signed_in" if event.token_name is None else "personal"
    return {"id": str(event.token_id), "kind": kind, "name": event.token_name or ""}


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
