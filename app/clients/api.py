"""Customers, as the API calls clients."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.queries import get_business
from app.clients import queries, service
from app.clients.forms import ClientForm, stored
from app.clients.models import Client, Contact
from app.clients.queries import ClientFilters
from app.clients.rules import ClientValues
from app.folding import searched
from app.web.access import actor
from app.web.api import (
    Currency,
    In,
    ListQuery,
    Out,
    Since,
    filled,
    instant,
    made,
    operation,
    paged,
    rooms_api,
    told,
    version_asked_for,
)

blueprint = rooms_api("clients", "/api/customers", "Customers")


class ContactIn(In):
    """Somebody at a customer."""

    name: str = Field("", max_length=200)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    gets_documents: bool = Field(True, description="Whether invoices go to them, too.")


class CustomerIn(In):
    """A customer as you would type them. Empty currency and language, and no terms, mean “as the business”."""

    name: str = Field(min_length=1, max_length=200, examples=["Adaeze Nwosu"])
    kind: Literal["company", "person"] = "company"
    email: str = Field("", max_length=254, examples=["adaeze@example.com"])
    phone: str = Field("", max_length=40, examples=["+2348031234567"])
    address: str = Field("", max_length=500)
    country: str = Field("", max_length=2, description="ISO 3166, two letters.")
    tax_id: str = Field("", max_length=64)
    currency: Currency = Field("", description="ISO 4217.")
    language: str = Field("", max_length=16)
    terms_days: int | None = Field(None, ge=0, le=365)
    notes: str = Field("", max_length=4000)
    tags: list[str] = Field([], max_length=12)
    contacts: list[ContactIn] = Field([], max_length=20)


class CustomerChange(CustomerIn):
    """What is to be different; what is left out stays. `contacts` and `tags` replace those that are there."""

    name: str = Field("", min_length=1, max_length=200)


class ContactOut(Out):
    name: str
    email: str
    phone: str
    gets_documents: bool


class CustomerOut(Out):
    """A customer."""

    id: uuid.UUID
    name: str
    kind: Literal["company", "person"]
    email: str
    phone: str
    address: str
    country: str
    tax_id: str
    currency: str
    language: str
    terms_days: int | None
    notes: str
    tags: list[str]
    contacts: list[ContactOut]
    archived: bool
    created_at: datetime
    updated_at: datetime
    version: int


class CustomerQuery(ListQuery):
    """Which customers, in which order."""

    q: str = Field("", max_length=200, description="Words that name, address, number or contacts have to hold.")
    tag: str = Field("", max_length=40)
    archived: bool = Field(False, description="Those who are archived instead of those who are not.")
    updated_since: Since | None = Field(
        None, description="Only those who were changed since; ask for those who are archived, too."
    )
    sort: Literal["name", "-created_at", "updated_at", "-updated_at"] = "name"


CUSTOMER = {
    "id": "01936f4e-7c00-7000-8000-000000000010",
    "name": "Adaeze Nwosu",
    "kind": "person",
    "email": "adaeze@example.com",
    "phone": "+2348031234567",
    "address": "",
    "country": "NG",
    "tax_id": "",
    "currency": "",
    "language": "",
    "terms_days": None,
    "notes": "",
    "tags": ["fibre"],
    "contacts": [],
    "archived": False,
    "created_at": "2026-11-20T10:30:00Z",
    "updated_at": "2026-11-20T10:30:00Z",
    "version": 1,
}
SORTS = {"name": "name", "-created_at": "newest", "updated_at": "updated", "-updated_at": "-updated"}
_PLAIN = (
    "name",
    "kind",
    "email",
    "phone",
    "address",
    "country",
    "tax_id",
    "currency",
    "language",
    "terms_days",
    "notes",
)


def _read(client_id: uuid.UUID) -> dict[str, Any]:
    card = queries.get_card(current_user.business_id, client_id)
    return _written(card.client, card.contacts, card.tags)


def _written(client: Client, contacts: Sequence[Contact], tags: Sequence[str]) -> dict[str, Any]:
    people = [
        {"name": one.name, "email": one.email, "phone": one.phone, "gets_documents": one.gets_documents}
        for one in contacts
    ]
    return {
        "id": str(client.id),
        **{name: getattr(client, name) for name in _PLAIN},
        "tags": list(tags),
        "contacts": people,
        "archived": client.archived_at is not None,
        "created_at": instant(client.created_at),
        "updated_at": instant(client.updated_at),
        "version": client.version,
    }


def _values(typed: Mapping[str, Any]) -> ClientValues:
    """What was sent, checked as what people type is. Raises Invalid."""
    words = {**typed, "tags": ", ".join(typed["tags"])}
    return filled(ClientForm, words, region=get_business(current_user.business_id).country).values()


@blueprint.get("/")
@operation(
    "List customers",
    role="viewer",
    scope="clients:read",
    query=CustomerQuery,
    gives=CustomerOut,
    many=True,
    example=CUSTOMER,
)
def list_customers(query: CustomerQuery) -> Response:
    """By name, unless `sort` says otherwise."""
    sort = SORTS[query.sort]
    filters = ClientFilters(searched(query.q), searched(query.tag), query.archived, sort, query.updated_since)
    page = queries.list_clients(current_user.business_id, filters, query.walk)
    ids = [client.id for client in page.items]
    tags = queries.tags_of(current_user.business_id, ids)
    people = queries.contacts_of(current_user.business_id, ids)
    return paged(page, query, lambda client: _written(client, people.get(client.id, ()), tags.get(client.id, ())))


@blueprint.post("/")
@operation(
    "Add a customer",
    role="staff",
    scope="clients:write",
    takes=CustomerIn,
    gives=CustomerOut,
    status=201,
    example=CUSTOMER,
    takes_example={"name": "Adaeze Nwosu", "email": "adaeze@example.com", "phone": "+2348031234567"},
)
def add_customer(body: CustomerIn) -> Response:
    """Answers where the customer is."""
    client = service.create_client(actor(), _values(body.model_dump()), now=clock.now())
    return made(_read(client.id), url_for("clients_api.read_customer", client_id=client.id), "Customer added")


@blueprint.get("/<uuid:client_id>/")
@operation("Read a customer", role="viewer", scope="clients:read", gives=CustomerOut, example=CUSTOMER)
def read_customer(client_id: uuid.UUID) -> Response:
    """With the people there."""
    return told(_read(client_id))


@blueprint.patch("/<uuid:client_id>/")
@operation(
    "Change a customer",
    role="staff",
    scope="clients:write",
    takes=CustomerChange,
    gives=CustomerOut,
    example=CUSTOMER,
    takes_example={"phone": "+2348031234567"},
    versioned=_read,
)
def change_customer(client_id: uuid.UUID, body: CustomerChange) -> Response:
    """What is left out stays as it is."""
    card = queries.get_card(current_user.business_id, client_id)
    present = stored(card.client, card.contacts, card.tags)
    asked = version_asked_for(present.pop("version"))
    changed = {**present, **body.model_dump(include=set(body.model_fields_set))}
    service.change_client(actor(), client_id, _values(changed), asked, now=clock.now())
    return told(_read(client_id), "Saved")


@blueprint.post("/<uuid:client_id>/archive/")
@operation(
    "Archive a customer",
    role="staff",
    scope="clients:write",
    gives=CustomerOut,
    example=CUSTOMER,
    versioned=_read,
    holds=Client,
)
def archive_customer(client_id: uuid.UUID) -> Response:
    """Takes them out of lists; their invoices and payments stay."""
    service.archive_client(actor(), client_id, now=clock.now())
    return told(_read(client_id), "Archived")


@blueprint.post("/<uuid:client_id>/restore/")
@operation(
    "Bring a customer back",
    role="staff",
    scope="clients:write",
    gives=CustomerOut,
    example=CUSTOMER,
    versioned=_read,
    holds=Client,
)
def restore_customer(client_id: uuid.UUID) -> Response:
    """Puts an archived customer back into lists."""
    service.restore_client(actor(), client_id, now=clock.now())
    return told(_read(client_id), "Restored")
