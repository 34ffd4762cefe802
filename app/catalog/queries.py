"""Reading items and taxes; always of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select

from app.catalog.models import Item, ItemTax, Tax
from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.web.paging import Page, Walk, paginate

ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "name": (Item.sort_name, Item.id),  # type: ignore[dict-item]
    "newest": (Item.created_at.desc(), Item.id.desc()),
}


@dataclass(frozen=True, slots=True)
class ItemFilters:
    """What a list of items is narrowed to. `sort` is a key of ORDERS."""

    text: str = ""
    archived: bool = False
    sort: str = "name"
    currency: str = ""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item to put on a line. `price` in major units of `currency`; `tax_ids` are taxes in use, in their order."""

    id: uuid.UUID
    name: str
    description: str
    code: str
    unit: str
    price: Decimal
    currency: str
    tax_ids: tuple[uuid.UUID, ...]


def find_item(business_id: uuid.UUID, item_id: uuid.UUID) -> Item | None:
    """One item, archived or not, or None."""
    return db.session.get(Item, (business_id, item_id))


def get_item(business_id: uuid.UUID, item_id: uuid.UUID) -> Item:
    """One item, archived or not. Raises NotFound."""
    item = find_item(business_id, item_id)
    if item is None:
        raise NotFound
    return item


def list_items(business_id: uuid.UUID, filters: ItemFilters, cursor: str | Walk | None = None) -> Page[Item]:
    """A page of items."""
    gone = Item.archived_at.is_not(None) if filters.archived else Item.archived_at.is_(None)
    query = _containing(select(Item).where(Item.business_id == business_id, gone), filters.text)
    if filters.currency:
        query = query.where(Item.currency == filters.currency)
    sort = filters.sort if filters.sort in ORDERS else "name"
    return paginate(query, ORDERS[sort], cursor, scope=(business_id, sort, filters))


def search_items(business_id: uuid.UUID, text: str, limit: int = 8) -> list[FoundItem]:
    """Items in use that match all words of `text`, by name, each with its taxes in use."""
    query = _containing(select(Item).where(Item.business_id == business_id, Item.archived_at.is_(None)), text)
    items = list(db.session.scalars(query.order_by(*ORDERS["name"]).limit(limit)))
    taxes = item_taxes(business_id, [item.id for item in items])
    return [_found(item, taxes[item.id]) for item in items]


def offered_item(business_id: uuid.UUID, item_id: uuid.UUID) -> FoundItem:
    """One item as it is put on a line. Raises NotFound."""
    return _found(get_item(business_id, item_id), item_taxes(business_id, [item_id])[item_id])


def counts(business_id: uuid.UUID) -> tuple[int, int]:
    """How many items there are: (in use, archived)."""
    query = select(func.count(), func.count(Item.archived_at)).where(Item.business_id == business_id)
    every, archived = db.session.execute(query).one()
    return int(every) - int(archived), int(archived)


def units(business_id: uuid.UUID) -> list[str]:
    """The units this business sells in, to offer while typing."""
    query = select(Item.unit).where(Item.business_id == business_id, Item.unit != "").distinct().limit(30)
    return sorted(db.session.scalars(query), key=str.casefold)


def item_taxes(business_id: uuid.UUID, item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Tax]]:
    """{item: its taxes in use, in the order they are applied} of the items of one page."""
    on_item = and_(Tax.business_id == ItemTax.business_id, Tax.id == ItemTax.tax_id)
    query = (
        select(ItemTax.item_id, Tax)
        .join(Tax, on_item)
        .where(ItemTax.business_id == business_id, ItemTax.item_id.in_(item_ids), Tax.archived_at.is_(None))
        .order_by(Tax.position, Tax.id)
    )
    found: dict[uuid.UUID, list[Tax]] = defaultdict(list)
    for item_id, tax in db.session.execute(query):
        found[item_id].append(tax)
    return found


def get_tax(business_id: uuid.UUID, tax_id: uuid.UUID) -> Tax:
    """One tax, archived or not. Raises NotFound."""
    tax = db.session.get(Tax, (business_id, tax_id))
    if tax is None:
        raise NotFound
    return tax


def live_taxes(business_id: uuid.UUID) -> list[Tax]:
    """The taxes in use, in the order they are applied to a line."""
    query = select(Tax).where(Tax.business_id == business_id, Tax.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(Tax.position, Tax.id)))


def list_taxes(business_id: uuid.UUID, archived: bool, walk: Walk) -> Page[Tax]:
    """A page of the taxes in use, or of those no longer in use, in the order they are applied."""
    gone = Tax.archived_at.is_not(None) if archived else Tax.archived_at.is_(None)
    query = select(Tax).where(Tax.business_id == business_id, gone)
    return paginate(query, (Tax.position, Tax.id), walk, scope=(business_id, "taxes", archived))  # type: ignore[arg-type]


def archived_taxes(business_id: uuid.UUID) -> list[Tax]:
    """The taxes no longer in use, the latest first."""
    query = select(Tax).where(Tax.business_id == business_id, Tax.archived_at.is_not(None))
    return list(db.session.scalars(query.order_by(Tax.archived_at.desc(), Tax.id).limit(100)))


_TAXES_BY_ID = select(Tax).where(
    Tax.business_id == bindparam("business_id"), Tax.id.in_(bindparam("ids", expanding=True))
)
_KNOWN_ITEMS = select(Item.id).where(
    Item.business_id == bindparam("business_id"), Item.id.in_(bindparam("ids", expanding=True))
)


def taxes_by_id(business_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Tax]:
    """{id: tax} of those that are this business's, archived ones too; an id that is not is simply missing."""
    found = db.session.scalars(_TAXES_BY_ID, {"business_id": business_id, "ids": list(set(ids))})
    return {tax.id: tax for tax in found}


def items_with_tax(business_id: uuid.UUID, tax_id: uuid.UUID) -> int:
    """How many items in use bring this tax along."""
    on_item = and_(Item.business_id == ItemTax.business_id, Item.id == ItemTax.item_id)
    query = select(func.count()).select_from(ItemTax).join(Item, on_item)
    query = query.where(ItemTax.business_id == business_id, ItemTax.tax_id == tax_id, Item.archived_at.is_(None))
    return int(db.session.scalar(query) or 0)


def _found(item: Item, taxes: Sequence[Tax]) -> FoundItem:
    ids = tuple(tax.id for tax in taxes)
    return FoundItem(item.id, item.name, item.description, item.code, item.unit, item.price, item.currency, ids)


def _containing(query: Select[Any], text: str) -> Select[Any]:
    for word in words(text):
        query = query.where(Item.search.contains(word, autoescape=True))
    return query


def known_items(business_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `ids` that are items of this business, archived ones too."""
    return set(db.session.scalars(_KNOWN_ITEMS, {"business_id": business_id, "ids": list(set(ids))}))


def items_by_id(business_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, FoundItem]:
    """{id: item as it is put on a line} of those that are this business's; an id that is not is simply missing."""
    items = list(db.session.scalars(select(Item).where(Item.business_id == business_id, Item.id.in_(set(ids)))))
    taxes = item_taxes(business_id, [item.id for item in items]) if items else {}
    return {item.id: _found(item, taxes.get(item.id, ())) for item in items}
