"""Items: listed, added, changed, taken out of use and brought back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.catalog import queries, service
from app.catalog.api import blueprint
from app.catalog.api.taxes import VAT, digits
from app.catalog.forms import ItemForm, stored_item
from app.catalog.models import Item, Tax
from app.catalog.queries import ItemFilters
from app.catalog.rules import MOST_TAXES, ItemValues, shown_price
from app.folding import searched
from app.web.access import actor
from app.web.api import Amount, Currency, In, ListQuery, Out, filled, instant, made, operation, paged, told
from app.web.api import version_asked_for as meant


class ItemIn(In):
    """Something you sell again and again. `price` is in major units of `currency`, for one `unit`."""

    name: str = Field(min_length=1, max_length=200, examples=["Home 20 Mbit/s"])
    price: Amount
    currency: Currency = Field(min_length=3, description="ISO 4217.", examples=["NGN"])
    code: str = Field("", max_length=40)
    unit: str = Field("", max_length=24, examples=["month"])
    description: str = Field("", max_length=1000)
    tax_ids: list[uuid.UUID] = Field([], max_length=MOST_TAXES, description="Taxes that it brings onto lines.")


class ItemChange(ItemIn):
    """What is to be different; what is left out stays. `tax_ids` replace those that are there."""

    name: str = Field("", min_length=1, max_length=200)
    price: Amount = Decimal(0)
    currency: Currency = Field("", min_length=3)


class ItemTaxOut(Out):
    id: uuid.UUID
    name: str
    rate: str = Field(description="Percent.")


class ItemOut(Out):
    """An item; `taxes` are those in use, in the order they are applied."""

    id: uuid.UUID
    name: str
    price: str
    currency: str
    code: str
    unit: str
    description: str
    taxes: list[ItemTaxOut]
    archived: bool
    created_at: datetime
    version: int


class ItemQuery(ListQuery):
    """Which items, in which order."""

    q: str = Field("", max_length=200, description="Words that name, code or description have to hold.")
    currency: Currency = ""
    archived: bool = Field(False, description="Those that are archived instead of those that are not.")
    sort: Literal["name", "-created_at"] = "name"


ITEM = {
    "id": "01936f4e-7c00-7000-8000-000000000021",
    "name": "Home 20 Mbit/s",
    "price": "15000.00",
    "currency": "NGN",
    "code": "H20",
    "unit": "month",
    "description": "",
    "taxes": [VAT],
    "archived": False,
    "created_at": "2026-11-20T10:30:00Z",
    "version": 1,
}


@blueprint.get("/items/")
@operation("List items", role="viewer", scope="catalog:read", query=ItemQuery, gives=ItemOut, many=True, example=ITEM)
def list_items(query: ItemQuery) -> Response:
    """By name, or the newest first."""
    sort = "newest" if query.sort == "-created_at" else "name"
    filters = ItemFilters(searched(query.q), query.archived, sort, query.currency.upper())
    page = queries.list_items(current_user.business_id, filters, query.walk)
    taxes = queries.item_taxes(current_user.business_id, [item.id for item in page.items])
    return paged(page, query, lambda item: _item(item, taxes.get(item.id, ())))


@blueprint.post("/items/")
@operation(
    "Add an item",
    role="staff",
    scope="catalog:write",
    takes=ItemIn,
    gives=ItemOut,
    status=201,
    example=ITEM,
    takes_example={"name": "Home 20 Mbit/s", "price": "15000.00", "currency": "NGN", "unit": "month"},
)
def add_item(body: ItemIn) -> Response:
    """Answers where the item is."""
    item = service.create_item(actor(), _item_values(body.model_dump()), now=clock.now())
    return made(_read_item(item.id), url_for("catalog_api.read_item", item_id=item.id), "Item added")


def _read_item(item_id: uuid.UUID) -> dict[str, Any]:
    item = queries.get_item(current_user.business_id, item_id)
    return _item(item, queries.item_taxes(current_user.business_id, [item_id])[item_id])


@blueprint.get("/items/<uuid:item_id>/")
@operation("Read an item", role="viewer", scope="catalog:read", gives=ItemOut, example=ITEM)
def read_item(item_id: uuid.UUID) -> Response:
    """With the taxes it brings along."""
    return told(_read_item(item_id))


@blueprint.patch("/items/<uuid:item_id>/")
@operation(
    "Change an item",
    role="staff",
    scope="catalog:write",
    takes=ItemChange,
    gives=ItemOut,
    example=ITEM,
    takes_example={"price": "16500.00"},
    versioned=_read_item,
)
def change_item(item_id: uuid.UUID, body: ItemChange) -> Response:
    """What is left out stays as it is. Documents that exist keep what they had."""
    business = current_user.business_id
    present = stored_item(queries.get_item(business, item_id), queries.item_taxes(business, [item_id])[item_id])
    version = meant(present.pop("version"))
    changed = {**present, **body.model_dump(include=set(body.model_fields_set))}
    service.change_item(actor(), item_id, _item_values(changed), version, now=clock.now())
    return told(_read_item(item_id), "Saved")


@blueprint.post("/items/<uuid:item_id>/archive/")
@operation(
    "Archive an item",
    role="staff",
    scope="catalog:write",
    gives=ItemOut,
    example=ITEM,
    versioned=_read_item,
    holds=Item,
)
def archive_item(item_id: uuid.UUID) -> Response:
    """It is no longer offered on new lines; lines that already have it stay as they are."""
    service.archive_item(actor(), item_id, now=clock.now())
    return told(_read_item(item_id), "Archived")


@blueprint.post("/items/<uuid:item_id>/restore/")
@operation(
    "Bring an item back",
    role="staff",
    scope="catalog:write",
    gives=ItemOut,
    example=ITEM,
    versioned=_read_item,
    holds=Item,
)
def restore_item(item_id: uuid.UUID) -> Response:
    """It is offered on new lines again."""
    service.restore_item(actor(), item_id, now=clock.now())
    return told(_read_item(item_id), "Restored")


def _item_values(words: Mapping[str, Any]) -> ItemValues:
    return filled(ItemForm, words).values()


def _item(item: Item, taxes: Iterable[Tax]) -> dict[str, Any]:
    money = shown_price(item.price, item.currency)
    return {
        "id": str(item.id),
        **{name: getattr(item, name) for name in ("name", "currency", "code", "unit", "description", "version")},
        "price": digits(item.price) if money is None else f"{money.decimal:f}",
        "taxes": [{"id": str(tax.id), "name": tax.name, "rate": digits(tax.rate)} for tax in taxes],
        "archived": item.archived_at is not None,
        "created_at": instant(item.created_at),
    }
