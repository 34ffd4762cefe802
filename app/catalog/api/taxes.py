"""Taxes: listed, added, changed, put in order, taken out of use and brought back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.catalog import queries, service
from app.catalog.api import blueprint
from app.catalog.forms import TaxForm, stored_tax
from app.catalog.models import Tax
from app.catalog.rules import TaxValues
from app.web.access import actor
from app.web.api import Amount, In, ListQuery, Out, filled, instant, made, operation, paged, told
from app.web.api import version_asked_for as meant


class TaxIn(In):
    """A tax. `pricing`: "document" reads prices as the document says, or they always hold it, or never do."""

    name: str = Field(min_length=1, max_length=60, examples=["VAT"])
    rate: Amount = Field(description="Percent, 0 to 100.")
    pricing: Literal["document", "inclusive", "exclusive"] = "document"
    compound: bool = Field(False, description="Whether it is counted on top of the taxes before it.")
    is_default: bool = Field(False, description="Whether new lines have it by themselves.")


class TaxChange(TaxIn):
    """What is to be different; what is left out stays."""

    name: str = Field("", min_length=1, max_length=60)
    rate: Amount = Decimal(0)


class TaxOut(Out):
    """A tax. `position` is its place in the order in which taxes are applied."""

    id: uuid.UUID
    name: str
    rate: str = Field(description="Percent.")
    pricing: Literal["document", "inclusive", "exclusive"]
    compound: bool
    is_default: bool
    position: int
    archived: bool
    created_at: datetime
    version: int


class TaxQuery(ListQuery):
    """Which taxes."""

    archived: bool = Field(False, description="Those that are archived instead of those that are not.")


class TaxMove(In):
    """Where to."""

    direction: Literal["up", "down"]


VAT = {"id": "01936f4e-7c00-7000-8000-000000000020", "name": "VAT", "rate": "7.5"}
TAX = {
    **VAT,
    "pricing": "document",
    "compound": False,
    "is_default": True,
    "position": 0,
    "archived": False,
    "created_at": "2026-11-20T10:30:00Z",
    "version": 1,
}


@blueprint.get("/taxes/")
@operation("List taxes", role="viewer", scope="catalog:read", query=TaxQuery, gives=TaxOut, many=True, example=TAX)
def list_taxes(query: TaxQuery) -> Response:
    """In the order in which they are applied to a line."""
    return paged(queries.list_taxes(current_user.business_id, query.archived, query.walk), query, _tax)


@blueprint.post("/taxes/")
@operation(
    "Add a tax",
    role="staff",
    scope="catalog:write",
    takes=TaxIn,
    gives=TaxOut,
    status=201,
    example=TAX,
    takes_example={"name": "VAT", "rate": "7.5", "is_default": True},
)
def add_tax(body: TaxIn) -> Response:
    """It is applied after those that exist. Answers where the tax is."""
    tax = service.create_tax(actor(), _tax_values(body.model_dump()), now=clock.now())
    return made(_read_tax(tax.id), url_for("catalog_api.read_tax", tax_id=tax.id), "Tax added")


def _read_tax(tax_id: uuid.UUID) -> dict[str, Any]:
    return _tax(queries.get_tax(current_user.business_id, tax_id))


@blueprint.get("/taxes/<uuid:tax_id>/")
@operation("Read a tax", role="viewer", scope="catalog:read", gives=TaxOut, example=TAX)
def read_tax(tax_id: uuid.UUID) -> Response:
    """Archived or not."""
    return told(_read_tax(tax_id))


@blueprint.patch("/taxes/<uuid:tax_id>/")
@operation(
    "Change a tax",
    role="staff",
    scope="catalog:write",
    takes=TaxChange,
    gives=TaxOut,
    example=TAX,
    takes_example={"rate": "7.5"},
    versioned=_read_tax,
)
def change_tax(tax_id: uuid.UUID, body: TaxChange) -> Response:
    """What is left out stays as it is. Documents that exist keep the rate they had."""
    present = stored_tax(queries.get_tax(current_user.business_id, tax_id))
    version = meant(present.pop("version"))
    changed = {**present, **body.model_dump(include=set(body.model_fields_set))}
    service.change_tax(actor(), tax_id, _tax_values(changed), version, now=clock.now())
    return told(_read_tax(tax_id), "Saved")


@blueprint.post("/taxes/<uuid:tax_id>/move/")
@operation(
    "Move a tax",
    role="staff",
    scope="catalog:write",
    takes=TaxMove,
    gives=TaxOut,
    example=TAX,
    takes_example={"direction": "up"},
    versioned=_read_tax,
    holds=Tax,
)
def move_tax(tax_id: uuid.UUID, body: TaxMove) -> Response:
    """Applies it one place earlier or later on every new line; at the ends nothing moves."""
    service.move_tax(actor(), tax_id, body.direction, now=clock.now())
    return told(_read_tax(tax_id), "Moved")


@blueprint.post("/taxes/<uuid:tax_id>/archive/")
@operation(
    "Archive a tax", role="staff", scope="catalog:write", gives=TaxOut, example=TAX, versioned=_read_tax, holds=Tax
)
def archive_tax(tax_id: uuid.UUID) -> Response:
    """It is no longer offered, and items that have it no longer bring it along."""
    service.archive_tax(actor(), tax_id, now=clock.now())
    return told(_read_tax(tax_id), "Archived")


@blueprint.post("/taxes/<uuid:tax_id>/restore/")
@operation(
    "Bring a tax back", role="staff", scope="catalog:write", gives=TaxOut, example=TAX, versioned=_read_tax, holds=Tax
)
def restore_tax(tax_id: uuid.UUID) -> Response:
    """It is offered again, and items that had it bring it along again."""
    service.restore_tax(actor(), tax_id, now=clock.now())
    return told(_read_tax(tax_id), "Restored")


def _tax_values(words: Mapping[str, Any]) -> TaxValues:
    return filled(TaxForm, words).values()


def _tax(tax: Tax) -> dict[str, Any]:
    return {
        "id": str(tax.id),
        **{name: getattr(tax, name) for name in ("name", "pricing", "compound", "is_default", "position", "version")},
        "rate": digits(tax.rate),
        "archived": tax.archived_at is not None,
        "created_at": instant(tax.created_at),
    }


def digits(number: Decimal) -> str:
    """A decimal without zeros at its end: 7.5."""
    return f"{number.normalize():f}" if number else "0"
