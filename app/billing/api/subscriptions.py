"""Subscriptions: listed, read, agreed on, with what was billed and what comes."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.api.subscribing import checked
from app.billing.api.subscription_shapes import (
    SUBSCRIPTION,
    Include,
    SubscriptionChange,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionQuery,
    read,
    today,
    written,
)
from app.billing.forms.subscriptions import EditForm, stored
from app.billing.queries.listing import ListFilters, list_with_states
from app.folding import searched
from app.web.access import actor
from app.web.api import Query, filled, made, operation, paged, rooms_api, told, version_asked_for

blueprint = rooms_api("subscriptions", "/api/subscriptions", "Subscriptions")


class SubscriptionReading(Query):
    """What else to tell of a subscription."""

    include: list[Include] = []


def present(subscription_id: uuid.UUID) -> dict[str, Any]:
    """A subscription as it stands, for whoever asked for another version of it. Raises NotFound."""
    return read(subscription_id)


@blueprint.get("/")
@operation(
    "List subscriptions",
    role="viewer",
    scope="billing:read",
    query=SubscriptionQuery,
    gives=SubscriptionOut,
    many=True,
    example=SUBSCRIPTION | {"items": None},
)
def list_subscriptions(query: SubscriptionQuery) -> Response:
    """The newest first, or as `sort` says; those that are over, too, unless a state is asked for."""
    filters = ListFilters(
        text=searched(query.q),
        client_id=query.customer_id,
        plan_id=query.plan_id,
        router_id=query.router_id,
        state=query.state,
        currency=query.currency,
        starts_from=query.starts_from,
        starts_to=query.starts_to,
        bills_by=query.bills_by,
        updated_since=query.updated_since,
        sort=query.sort,
    )
    page = list_with_states(current_user.business_id, filters, today(), query.walk)
    found = {one["id"]: one for one in written(page.items, query.include)}
    return paged(page, query, lambda one: found[str(one.row.id)])


@blueprint.post("/")
@operation(
    "Add a subscription",
    role="staff",
    scope="billing:write",
    takes=SubscriptionIn,
    gives=SubscriptionOut,
    status=201,
    example=SUBSCRIPTION,
    takes_example={
        "customer_id": "01936f4e-7c00-7000-8000-000000000010",
        "name": "Support",
        "lines": [{"title": "Support, {{period}}", "price": "25000.00"}],
        "anchor_day": 1,
    },
)
def add_subscription(body: SubscriptionIn) -> Response:
    """Nothing is billed at once: what is due is found by the next billing run, or billed by `generate-invoice`."""
    with checked(body) as values:
        row = service.subscribe(actor(), values, now=clock.now())
    subscription_id = row.id
    at = url_for("subscriptions_api.read_subscription", subscription_id=subscription_id)
    return made(read(subscription_id), at, "Subscription added")


@blueprint.get("/<uuid:subscription_id>/")
@operation(
    "Read a subscription",
    role="viewer",
    scope="billing:read",
    query=SubscriptionReading,
    gives=SubscriptionOut,
    example=SUBSCRIPTION,
)
def read_subscription(subscription_id: uuid.UUID, query: SubscriptionReading) -> Response:
    """With all its items, those that ended or are to come among them."""
    return told(read(subscription_id, query.include))


@blueprint.patch("/<uuid:subscription_id>/")
@operation(
    "Change a subscription",
    role="staff",
    scope="billing:write",
    takes=SubscriptionChange,
    gives=SubscriptionOut,
    example=SUBSCRIPTION,
    takes_example={"po_number": "PO-1182"},
    versioned=present,
)
def change_subscription(subscription_id: uuid.UUID, body: SubscriptionChange) -> Response:
    """Its name and what stands on its invoices; what is left out stays."""
    kept = stored(queries.get_subscription(current_user.business_id, subscription_id))
    asked = version_asked_for(kept.pop("version"))
    form = filled(EditForm, kept | body.model_dump(include=set(body.model_fields_set)))
    service.change_subscription(actor(), subscription_id, form.values(), version=asked, now=clock.now())
    return told(read(subscription_id), "Saved")
