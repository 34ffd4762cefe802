"""Settings of dunning that the business, its plans and its customers have alike."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import Response
from flask_login import current_user

from app.billing import queries
from app.clients.queries import get_client
from app.web.api import operation, rooms_api

blueprint = rooms_api("dunning_settings", "/api", "Settings of dunning")
View = TypeVar("View", bound=Callable[..., Response])
PLACES = {
    "business": ("/settings/dunning/", "of the business"),
    "plan": ("/plans/<uuid:plan_id>/dunning/", "of a plan"),
    "customer": ("/customers/<uuid:client_id>/dunning/", "of a customer"),
}
"""Whose policies and ladders there are: where they are, and what the document calls them."""
READS: dict[str, Any] = {"role": "viewer", "scope": "settings:read"}
CHANGES: dict[str, Any] = {"role": "admin", "scope": "settings:write"}


def for_each(
    method: str, tail: str, summary: str, whose: tuple[str, ...] = tuple(PLACES), **declared: Any
) -> Callable[[View], View]:
    """Make a view an operation for the business, a plan and a customer alike: `read_x` becomes `read_x_of_plan`.

    `role` may say who may by whose it is; see `operation` for the rest.
    """

    def mark(view: View) -> View:
        for one in whose:
            place, words = PLACES[one]
            role = declared["role"][one] if isinstance(declared["role"], Mapping) else declared["role"]
            said = operation(f"{summary} {words}", **{**declared, "role": role})
            named = said(_named(view, f"{view.__name__}_of_{one}"))
            blueprint.add_url_rule(place + tail, named.__name__, named, methods=[method])
        return view

    return mark


def _named(view: Callable[..., Response], name: str) -> Callable[..., Response]:
    @wraps(view)
    def same(**given: Any) -> Response:
        return view(**given)

    same.__name__ = name
    return same


def keys(plan_id: uuid.UUID | None, client_id: uuid.UUID | None) -> dict[str, uuid.UUID | None]:
    """A plan or customer of this business, as services are told whose it is. Raises NotFound."""
    if plan_id is not None:
        queries.get_plan(current_user.business_id, plan_id)
    if client_id is not None:
        get_client(current_user.business_id, client_id)
    return {"plan_id": plan_id, "client_id": client_id}
