"""Routers as programs see, connect, change, try and remove them; their secrets never go out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.billing import queries
from app.billing.forms.control import FORMS, stored_router
from app.billing.models import Router
from app.billing.rules.control import RouterValues
from app.billing.service import routers as service
from app.errors import Invalid, NotFound
from app.web.access import actor
from app.web.api import (
    Count,
    In,
    Out,
    accepted,
    filled,
    instant,
    made,
    operation,
    rooms_api,
    told,
    version_asked_for,
)

blueprint = rooms_api("routers", "/api/routers", "Routers")


class RouterChange(In):
    """What is to be different; what is left out stays. Each driver reads fields of its own, and refuses the others.

    `secret` is its password, or the key that webhooks are signed with (at least 16 characters). It is kept for one
    address and user name only: whoever changes those sends it again.
    """

    name: str = Field("", min_length=1, max_length=120)
    address: str = Field("", max_length=300, description="A host name or IP address; of webhooks, their https address.")
    port: int | None = Field(None, ge=1, le=65_535)
    username: str = Field("", max_length=120)
    secret: str = Field("", max_length=200, description="Write-only: it never goes out.")
    options: dict[str, str] = Field(
        {}, max_length=8, description="What its driver needs besides, as `options` of a router that is read."
    )


class RouterIn(RouterChange):
    """A router. “log” only writes down what it would do."""

    driver: Literal["log", "webhook", "routeros", "radius"]
    name: str = Field(min_length=1, max_length=120)


class RouterOut(Out):
    """What switches services. `error` is why it could not be used last, ever since `failing_since`; `options` are what
    its driver needs besides, none of them secret; `tried` is what the last try said, empty while it runs."""

    id: uuid.UUID
    name: str
    driver: Literal["log", "webhook", "routeros", "radius"]
    address: str
    port: int | None
    username: str
    options: dict[str, str]
    services: Count
    error: str
    failing_since: datetime | None
    last_seen_at: datetime | None
    compared: str
    compared_at: datetime | None
    tried: str
    tried_at: datetime | None
    created_at: datetime
    version: int


_ROUTER: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000050",
    "name": "Core",
    "driver": "routeros",
    "address": "10.0.0.1",
    "port": 8729,
    "username": "duely",
    "options": {"tls": "on", "throttle": "queue", "throttled_rate": "512k/512k"},
    "services": 214,
    "error": "",
    "failing_since": None,
    "last_seen_at": "2026-11-20T10:30:00Z",
    "compared": "Everything agrees.",
    "compared_at": "2026-11-20T09:00:00Z",
    "tried": "",
    "tried_at": None,
    "created_at": "2026-10-01T09:00:00Z",
    "version": 1,
}
_SAME = ("name", "driver", "address", "port", "username", "error", "compared", "tried", "version")
_PLAIN = ("name", "address", "port", "username")
_MOMENTS = ("failing_since", "last_seen_at", "compared_at", "tried_at", "created_at")


def _written(row: Router, services: int) -> dict[str, Any]:
    return {
        "id": str(row.id),
        **{name: getattr(row, name) for name in _SAME},
        "options": {name: str(value) for name, value in row.options.items()},
        "services": services,
        **{name: instant(getattr(row, name)) for name in _MOMENTS},
    }


def _row(router_id: uuid.UUID) -> Router:
    row = queries.get_router(current_user.business_id, router_id)
    if row.archived_at is not None:
        raise NotFound
    return row


def _read(router_id: uuid.UUID) -> dict[str, Any]:
    row = _row(router_id)
    return _written(row, queries.services_on(row.business_id).get(row.id, 0))


@blueprint.get("/")
@operation("List routers", role="viewer", scope="billing:read", gives=RouterOut, many=True, example=_ROUTER)
def list_routers() -> Response:
    """All that are in use, by name."""
    business = current_user.business_id
    services = queries.services_on(business)
    return told([_written(row, services.get(row.id, 0)) for row in queries.list_routers(business)])


@blueprint.post("/")
@operation(
    "Connect a router",
    role="admin",
    scope="settings:write",
    takes=RouterIn,
    gives=RouterOut,
    status=201,
    example=_ROUTER,
    takes_example={"driver": "log", "name": "Core"},
)
def connect_router(body: RouterIn) -> Response:
    """Nothing is tried by that: try it afterwards."""
    words = body.model_dump(exclude={"driver"})
    row = service.connect_router(actor(), _values(body.driver, words), body.secret, now=clock.now())
    return made(_read(row.id), url_for("routers_api.read_router", router_id=row.id), "Connected")


@blueprint.get("/<uuid:router_id>/")
@operation("Read a router", role="viewer", scope="billing:read", gives=RouterOut, example=_ROUTER)
def read_router(router_id: uuid.UUID) -> Response:
    """How it is, and how many services are on it."""
    return told(_read(router_id))


@blueprint.patch("/<uuid:router_id>/")
@operation(
    "Change a router",
    role="admin",
    scope="settings:write",
    takes=RouterChange,
    gives=RouterOut,
    example=_ROUTER,
    takes_example={"name": "Core"},
    versioned=_read,
)
def change_router(router_id: uuid.UUID, body: RouterChange) -> Response:
    """What is left out stays as it is; `options` too, each by itself. Its driver stays."""
    row = _row(router_id)
    present = stored_router(row)
    asked = version_asked_for(row.version)
    options = {name: value for name, value in present.items() if name in FORMS[row.driver].OPTIONS}
    sent = body.model_dump(include=set(body.model_fields_set))
    plain = {name: present[name] for name in _PLAIN}
    words = {**plain, **sent, "options": {**options, **sent.get("options", {})}}
    service.change_router(actor(), router_id, _values(row.driver, words), body.secret, version=asked, now=clock.now())
    return told(_read(router_id), "Saved")


@blueprint.post("/<uuid:router_id>/try/")
@operation("Try a router", role="admin", scope="settings:write", gives=RouterOut, status=202, example=_ROUTER)
def try_router(router_id: uuid.UUID) -> Response:
    """The connection is tried by a job: what it said stands in `tried` before long."""
    service.try_router(actor(), router_id, now=clock.now())
    return accepted(_read(router_id), "It is being tried")


@blueprint.post("/<uuid:router_id>/remove/")
@operation("Remove a router", role="admin", scope="settings:write", versioned=_read, holds=Router)
def remove_router(router_id: uuid.UUID) -> Response:
    """Duely uses it no more and forgets its secret; nothing changes on the router itself. No service may be on it."""
    service.put_away_router(actor(), router_id, now=clock.now())
    return told(None, "The router is removed")


def _values(driver: str, words: dict[str, Any]) -> RouterValues:
    """What would be typed on the page of such a router, checked as there. Raises Invalid."""
    form, options = FORMS[driver], words["options"]
    known = [name for name in (*_PLAIN, "secret", "options") if name == "options" or hasattr(form, name)]
    strange = [name for name, value in words.items() if value and name not in known]
    strange += [f"options.{name}" for name in options if name not in form.OPTIONS]
    if strange:
        raise Invalid({name: ["This kind of router has none."] for name in strange})
    names = {name: f"options.{name}" for name in form.OPTIONS}
    plain = {name: value for name, value in words.items() if name != "options"}
    typed = filled(form, {**_defaults(driver), **plain, **options}, names=names)
    try:
        return typed.values(driver)
    except Invalid as error:
        raise Invalid({names.get(path, path): said for path, said in error.errors.items()}) from error


def _defaults(driver: str) -> dict[str, Any]:
    """What stands in the form's options before anybody types."""
    empty = FORMS[driver](formdata=None, meta={"csrf": False})
    return {name: empty[name].data for name in FORMS[driver].OPTIONS}
