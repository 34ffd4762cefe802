"""Webhooks out: endpoints, and how telling them went."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.errors import Invalid
from app.hooks import queries, service
from app.hooks.models import Delivery, Endpoint, HookEvent
from app.hooks.rules import EVENTS, READS, EndpointValues, unread
from app.web.access import actor
from app.web.api import (
    In,
    ListQuery,
    Out,
    accepted,
    entire,
    instant,
    made,
    operation,
    paged,
    rooms_api,
    said,
    told,
    version_asked_for,
)

blueprint = rooms_api("hooks", "/api/webhooks", "Webhooks")
EventType = Literal[tuple(EVENTS)]  # type: ignore[valid-type]
EVENTS_ARE = "Types of events; all when there are none. A token has to be good for reading what they are about."


class WebhookIn(In):
    """Where to tell what."""

    url: str = Field(max_length=500, examples=["https://example.com/duely"])
    description: str = Field("", max_length=200)
    events: list[EventType] = Field([], max_length=60, description=EVENTS_ARE)


class WebhookChange(In):
    """What is to be different; what is left out stays."""

    url: str = Field("", min_length=1, max_length=500)
    description: str = Field("", max_length=200)
    events: list[EventType] = Field([], max_length=60, description=EVENTS_ARE)


class WebhookOut(Out):
    """An endpoint. Its secret is told once, when it is made or replaced."""

    id: uuid.UUID
    url: str
    description: str
    events: list[str]
    state: Literal["active", "failing", "paused"]
    paused_by: Literal["", "person", "failures"]
    created_at: datetime
    version: int


class NewWebhookOut(WebhookOut):
    """An endpoint with the secret that signs what it is told."""

    secret: str


class DeliveryOut(Out):
    """One event, and how telling it went."""

    id: uuid.UUID
    event_id: uuid.UUID
    type: str
    object: str
    object_id: uuid.UUID
    state: Literal["waiting", "delivered", "failed", "dropped"]
    tries: int
    status: int | None
    answer: str
    tried_at: datetime | None
    created_at: datetime


class DeliveryQuery(ListQuery):
    """Which deliveries."""

    state: Literal["", "waiting", "delivered", "failed", "dropped"] = ""


WEBHOOK = {
    "id": "01936f4e-7c00-7000-8000-0000000000a1",
    "url": "https://example.com/duely",
    "description": "Accounting",
    "events": ["invoice.paid"],
    "state": "active",
    "paused_by": "",
    "created_at": "2026-11-20T10:30:00Z",
    "version": 1,
}
DELIVERY = {
    "id": "01936f4e-7c00-7000-8000-0000000000a2",
    "event_id": "01936f4e-7c00-7000-8000-0000000000a3",
    "type": "invoice.paid",
    "object": "invoice",
    "object_id": "01936f4e-7c00-7000-8000-0000000000a4",
    "state": "delivered",
    "tries": 1,
    "status": 200,
    "answer": "",
    "tried_at": "2026-11-20T10:30:02Z",
    "created_at": "2026-11-20T10:30:00Z",
}
READ, WRITE = "settings:read", "settings:write"


def _read(endpoint_id: uuid.UUID) -> dict[str, Any]:
    return _written(queries.get_endpoint(current_user.business_id, endpoint_id))


def _written(row: Endpoint) -> dict[str, Any]:
    state = "paused" if row.paused_at else "failing" if row.failing_since else "active"
    return {
        "id": str(row.id),
        "url": row.url,
        "description": row.description,
        "events": list(row.events),
        "state": state,
        "paused_by": row.paused_by,
        "created_at": instant(row.created_at),
        "version": row.version,
    }


def _asked(endpoint_id: uuid.UUID) -> int:
    return version_asked_for(queries.get_endpoint(current_user.business_id, endpoint_id).version)


def _readable(values: EndpointValues) -> EndpointValues:
    """What a token asks for; it has others told of such things only as it may read. Raises Invalid."""
    held = current_user.scopes
    if held is not None and (beyond := unread(values.events, held)):
        what = "All events are" if not values.events else f"{beyond[0]} is"
        lacking = sorted({READS[type.partition(".")[0]] for type in beyond})
        raise Invalid("events", f"{what} about things this token may not read: it lacks {', '.join(lacking)}.")
    return values


def _delivery(delivery: Delivery, event: HookEvent) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "event_id": str(event.id),
        "type": event.type,
        "object": event.object_kind,
        "object_id": str(event.object_id),
        "state": delivery.state,
        "tries": delivery.tries,
        "status": delivery.status,
        "answer": delivery.answer,
        "tried_at": instant(delivery.tried_at),
        "created_at": instant(delivery.created_at),
    }


@blueprint.get("/")
@operation("List webhooks", role="admin", scope=READ, gives=WebhookOut, many=True, example=WEBHOOK)
def list_webhooks() -> Response:
    """All of them: a business has ten at most."""
    return entire([_written(row) for row in queries.endpoints(current_user.business_id)])


@blueprint.post("/")
@operation(
    "Add a webhook",
    role="admin",
    scope=WRITE,
    takes=WebhookIn,
    gives=NewWebhookOut,
    status=201,
    example={**WEBHOOK, "secret": "whsec_m9r2tUwXzB6dEfGhIjKkc2Hq0yq0F5V3Yc7v1nJ8oK4"},
    takes_example={"url": "https://example.com/duely", "events": ["invoice.paid"]},
)
def add_webhook(body: WebhookIn) -> Response:
    """The secret is told in this answer and never again."""
    values = _readable(EndpointValues(body.url, body.description, tuple(body.events)))
    row, secret = service.add_endpoint(actor(), values, clock.now())
    address = url_for("hooks_api.read_webhook", endpoint_id=row.id)
    return made({**_read(row.id), "secret": secret}, address, "Webhook added")


@blueprint.get("/<uuid:endpoint_id>/")
@operation("Read a webhook", role="admin", scope=READ, gives=WebhookOut, example=WEBHOOK)
def read_webhook(endpoint_id: uuid.UUID) -> Response:
    """Without its secret."""
    return told(_read(endpoint_id))


@blueprint.patch("/<uuid:endpoint_id>/")
@operation(
    "Change a webhook",
    role="admin",
    scope=WRITE,
    takes=WebhookChange,
    gives=WebhookOut,
    example=WEBHOOK,
    takes_example={"events": ["invoice.paid", "payment.recorded"]},
    versioned=_read,
)
def change_webhook(endpoint_id: uuid.UUID, body: WebhookChange) -> Response:
    """What is left out stays as it is."""
    row = queries.get_endpoint(current_user.business_id, endpoint_id)
    present = {"url": row.url, "description": row.description, "events": row.events}
    changed = {**present, **body.model_dump(include=set(body.model_fields_set))}
    values = _readable(EndpointValues(changed["url"], changed["description"], tuple(changed["events"])))
    service.change_endpoint(actor(), endpoint_id, values, version_asked_for(row.version), clock.now())
    return told(_read(endpoint_id), "Saved")


@blueprint.delete("/<uuid:endpoint_id>/")
@operation("Remove a webhook", role="admin", scope=WRITE, versioned=_read)
def remove_webhook(endpoint_id: uuid.UUID) -> Response:
    """It is told nothing any more."""
    service.remove_endpoint(actor(), endpoint_id, clock.now(), _asked(endpoint_id))
    return said("Removed")


@blueprint.post("/<uuid:endpoint_id>/pause/")
@operation("Pause a webhook", role="admin", scope=WRITE, gives=WebhookOut, example=WEBHOOK, versioned=_read)
def pause_webhook(endpoint_id: uuid.UUID) -> Response:
    """What happens meanwhile is not told later."""
    service.pause_endpoint(actor(), endpoint_id, clock.now(), _asked(endpoint_id))
    return told(_read(endpoint_id), "Paused")


@blueprint.post("/<uuid:endpoint_id>/resume/")
@operation("Let a webhook go on", role="admin", scope=WRITE, gives=WebhookOut, example=WEBHOOK, versioned=_read)
def resume_webhook(endpoint_id: uuid.UUID) -> Response:
    """From now on it is told again."""
    service.resume_endpoint(actor(), endpoint_id, clock.now(), _asked(endpoint_id))
    return told(_read(endpoint_id), "It goes on")


@blueprint.post("/<uuid:endpoint_id>/rotate-secret/")
@operation(
    "Replace the secret of a webhook",
    role="admin",
    scope=WRITE,
    gives=NewWebhookOut,
    example={**WEBHOOK, "secret": "whsec_m9r2tUwXzB6dEfGhIjKkc2Hq0yq0F5V3Yc7v1nJ8oK4"},
    versioned=_read,
)
def rotate_webhook_secret(endpoint_id: uuid.UUID) -> Response:
    """For a day what is sent is signed with both, the old one and the new one. Until then it cannot be replaced again:
    409 says until when."""
    secret = service.rotate_secret(actor(), endpoint_id, clock.now(), _asked(endpoint_id))
    return told({**_read(endpoint_id), "secret": secret}, "Secret replaced")


@blueprint.post("/<uuid:endpoint_id>/ping/")
@operation("Try a webhook", role="admin", scope=WRITE, status=202)
def ping_webhook(endpoint_id: uuid.UUID) -> Response:
    """Sends an event `ping`; how it went stands among the deliveries."""
    service.try_endpoint(actor(), endpoint_id, clock.now())
    return accepted(None, "It is on its way")


@blueprint.get("/<uuid:endpoint_id>/deliveries/")
@operation(
    "List deliveries of a webhook",
    role="admin",
    scope=READ,
    query=DeliveryQuery,
    gives=DeliveryOut,
    many=True,
    example=DELIVERY,
)
def list_deliveries(endpoint_id: uuid.UUID, query: DeliveryQuery) -> Response:
    """The newest first; they are kept for 30 days."""
    queries.get_endpoint(current_user.business_id, endpoint_id)
    page = queries.deliveries(current_user.business_id, endpoint_id, query.walk, query.state)
    return paged(page, query, lambda row: _delivery(row[0], row[1]))


@blueprint.post("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/send-again/")
@operation("Send a delivery again", role="admin", scope=WRITE, status=202)
def send_delivery_again(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Response:
    """Tells the same event once more, with the same id."""
    service.send_again(actor(), endpoint_id, delivery_id, clock.now())
    return accepted(None, "It is on its way")
