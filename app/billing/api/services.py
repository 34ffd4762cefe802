"""The service of a subscription on the network: where it is known, suspended, throttled and restored by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import Field

from app import clock
from app.billing import queries, service
from app.billing.api.subscription_shapes import read
from app.billing.api.subscriptions import blueprint
from app.billing.api.verbs import DOES, row_of
from app.billing.forms.control import RecordForm, RestoreForm, RestrictForm
from app.billing.models import Router, ServiceAction, ServiceRecord
from app.billing.service.records import remove_record, save_record, switch_again
from app.errors import Conflict
from app.web.access import actor
from app.web.api import In, Out, filled, instant, operation, told, version_asked_for

AT = "/<uuid:subscription_id>/"


class ServiceIn(In):
    """Under which name a subscription is known on a router. Without a password the one that is there stays."""

    router_id: uuid.UUID
    username: str = Field(min_length=1, max_length=64)
    password: str = Field("", max_length=200, description="Write-only: it never goes out.")
    ip: str = Field("", max_length=45)
    mac: str = Field("", max_length=30)
    profile: str = Field("", max_length=64)
    notes: str = Field("", max_length=2000)


class RestrictIn(In):
    """Why, and whether a payment ends it."""

    reason: str = Field(min_length=1, max_length=300)
    until_paid: bool = Field(False, description="Restored by itself when nothing is overdue any more.")


class RestoreIn(In):
    """Why, if you like."""

    reason: str = Field("", max_length=300)


class ServiceRecordOut(Out):
    """A name on a router, and what the router said of it at `seen_at`. `has_password`: there is one."""

    router_id: uuid.UUID
    router_name: str
    username: str
    has_password: bool
    ip: str
    mac: str
    profile: str
    notes: str
    network_state: str
    online: bool | None
    seen_at: datetime | None


class ServiceActionOut(Out):
    """Something that was wanted of a service, and what became of it on the network."""

    id: uuid.UUID
    verb: Literal["suspend", "throttle", "restore"]
    reason: str
    by: str
    state: Literal["wanted", "done", "failed", "superseded"]
    answer: str
    at: datetime
    done_at: datetime | None


class ServiceOut(Out):
    """How the service of a subscription stands; the latest `actions` first. `version` 0: it is on no router."""

    subscription_id: uuid.UUID
    suspended_at: datetime | None
    throttled_at: datetime | None
    reason: str
    until_paid: bool
    record: ServiceRecordOut | None
    actions: list[ServiceActionOut]
    version: int


_ROUTER = "01936f4e-7c00-7000-8000-000000000050"
SERVICE: dict[str, Any] = {
    "subscription_id": "01936f4e-7c00-7000-8000-000000000030",
    "suspended_at": None,
    "throttled_at": None,
    "reason": "",
    "until_paid": False,
    "record": {
        "router_id": _ROUTER,
        "router_name": "Core",
        "username": "adaeze",
        "has_password": True,
        "ip": "10.20.0.7",
        "mac": "4C:5E:0C:12:34:AB",
        "profile": "home-20",
        "notes": "",
        "network_state": "active",
        "online": True,
        "seen_at": "2026-11-20T10:30:00Z",
    },
    "actions": [],
    "version": 1,
}
_KEPT = ("username", "ip", "mac", "profile", "notes", "network_state", "online")


def read_of(subscription_id: uuid.UUID) -> dict[str, Any]:
    """The service of a subscription as it goes out. Raises NotFound."""
    row = row_of(subscription_id)
    record = queries.record_of(row.business_id, row.id)
    router = queries.get_router(row.business_id, record.router_id) if record else None
    return {
        "subscription_id": str(row.id),
        "suspended_at": instant(row.suspended_at),
        "throttled_at": instant(row.throttled_at),
        "reason": row.suspend_reason,
        "until_paid": row.until_paid,
        "record": _record(record, router) if record and router else None,
        "actions": [_action(one) for one in queries.actions_of(row.business_id, row.id)],
        "version": record.version if record else 0,
    }


def _record(row: ServiceRecord, router: Router) -> dict[str, Any]:
    return {
        "router_id": str(router.id),
        "router_name": router.name,
        "has_password": bool(row.password),
        "seen_at": instant(row.seen_at),
        **{name: getattr(row, name) for name in _KEPT},
    }


def _action(one: ServiceAction) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "verb": one.verb,
        "reason": one.reason,
        "by": one.actor_name,
        "state": one.state,
        "answer": one.answer,
        "at": instant(one.at),
        "done_at": instant(one.done_at),
    }


@blueprint.get(AT + "service/")
@operation("Read the service of a subscription", role="viewer", scope="billing:read", gives=ServiceOut, example=SERVICE)
def read_service(subscription_id: uuid.UUID) -> Response:
    """Where it is known, and what was wanted of it. Its password never goes out."""
    return told(read_of(subscription_id))


@blueprint.put(AT + "service/")
@operation(
    "Put a subscription on a router",
    role="staff",
    scope="billing:write",
    takes=ServiceIn,
    gives=ServiceOut,
    example=SERVICE,
    takes_example={"router_id": _ROUTER, "username": "adaeze", "password": "a secret", "ip": "10.20.0.7"},
    versioned=read_of,
)
def save_service(subscription_id: uuid.UUID, body: ServiceIn) -> Response:
    """Or says anew how it is known there. What is suspended is so under its new name as well."""
    row = row_of(subscription_id)
    record = queries.record_of(row.business_id, row.id)
    asked = version_asked_for(record.version if record else 0)
    routers = queries.list_routers(row.business_id)
    form = filled(RecordForm, body.model_dump(), prepare=lambda form: form.offer(routers))
    save_record(actor(), subscription_id, form.values(), body.password, version=asked, now=clock.now())
    return told(read_of(subscription_id), "Saved")


@blueprint.post(AT + "service/remove/")
@operation(
    "Take a subscription off its router",
    role="staff",
    scope="billing:write",
    gives=ServiceOut,
    example=SERVICE | {"record": None, "version": 0},
    versioned=read_of,
)
def remove_service(subscription_id: uuid.UUID) -> Response:
    """Duely does not switch this service any more. Nothing changes on the router itself."""
    row = row_of(subscription_id)
    record = queries.record_of(row.business_id, row.id)
    if record is None:
        raise Conflict("This subscription is on no router.")
    remove_record(actor(), subscription_id, version=version_asked_for(record.version), now=clock.now())
    return told(read_of(subscription_id), "Taken off its router")


@blueprint.post(AT + "service/switch-again/")
@operation(
    "Tell the network again", role="staff", scope="billing:write", gives=ServiceOut, example=SERVICE
)  # fmt: skip
def switch_service_again(subscription_id: uuid.UUID) -> Response:
    """The network is told once more how this service should stand. Billing stays as it is."""
    switch_again(actor(), subscription_id, reason="Asked for again", now=clock.now())
    return told(read_of(subscription_id), "The network is told again")


@blueprint.post(AT + "suspend/")
@operation("Suspend a service", takes=RestrictIn, takes_example={"reason": "Asked for it"}, **DOES)
def suspend_service(subscription_id: uuid.UUID, body: RestrictIn) -> Response:
    """It goes off and its sessions end; the subscription itself goes on."""
    _restrict(service.suspend, subscription_id, body)
    return told(read(subscription_id), "Suspended")


@blueprint.post(AT + "throttle/")
@operation("Throttle a service", takes=RestrictIn, takes_example={"reason": "Fair use"}, **DOES)
def throttle_service(subscription_id: uuid.UUID, body: RestrictIn) -> Response:
    """It gets slow but stays on."""
    _restrict(service.throttle, subscription_id, body)
    return told(read(subscription_id), "Throttled")


@blueprint.post(AT + "restore/")
@operation("Restore a service", takes=RestoreIn, takes_example={"reason": "Paid in cash"}, **DOES)
def restore_service(subscription_id: uuid.UUID, body: RestoreIn) -> Response:
    """It is as before. Whole days without service that were billed are credited, unless the policy says otherwise."""
    asked = version_asked_for(row_of(subscription_id).version)
    form = filled(RestoreForm, body.model_dump())
    service.restore(actor(), subscription_id, reason=form.reason.data, now=clock.now(), version=asked)
    return told(read(subscription_id), "Restored")


def _restrict(do: Callable[..., Any], subscription_id: uuid.UUID, body: RestrictIn) -> None:
    asked = version_asked_for(row_of(subscription_id).version)
    form = filled(RestrictForm, body.model_dump())
    more = {"reason": form.reason.data, "until_paid": body.until_paid, "version": asked}
    do(actor(), subscription_id, now=clock.now(), **more)
