"""Changing items. Documents copy what they need, so a change never reaches one that exists."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm.attributes import flag_modified

from app.auth.audit import differences, record
from app.auth.rules import Actor
from app.catalog import queries
from app.catalog.errors import StaleItem
from app.catalog.models import Item, ItemTax
from app.catalog.rules import ItemValues, searchable
from app.database import locked, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.folding import sort_key


@transactional
def create_item(actor: Actor, values: ItemValues, now: datetime) -> Item:
    """Add an item. Needs staff. Raises NotFound for a tax that is not this business's, Invalid for an archived one."""
    actor.require("staff")
    item = Item(business_id=actor.business_id, created_at=now)
    _write(item, values)
    db.session.add(item)
    db.session.flush()
    _write_taxes(item, values)
    record(actor, "created", "item", item.id, now, facts={"item": values.name})
    return item


@transactional
def change_item(actor: Actor, item_id: uuid.UUID, values: ItemValues, version: int, now: datetime) -> Item:
    """Replace everything typed about an item. Needs staff. Raises NotFound, StaleItem, Invalid."""
    actor.require("staff")
    item = _locked(actor, item_id)
    if item.version != version:
        raise StaleItem(current=item)
    changes = differences(item, values.columns())
    changed_taxes = _write_taxes(item, values)
    if not (changes or changed_taxes):
        return item
    _write(item, values)
    # Its taxes are part of what the version stands for, though they are rows of their own.
    flag_modified(item, "search")
    facts = {"item": values.name, "taxes": changed_taxes}
    record(actor, "changed", "item", item.id, now, facts=facts, changes=changes)
    return item


@transactional
def archive_item(actor: Actor, item_id: uuid.UUID, now: datetime) -> Item:
    """Take an item out of lists and choices. Needs staff. Raises NotFound."""
    actor.require("staff")
    item = _locked(actor, item_id)
    if item.archived_at is None:
        item.archived_at = now
        record(actor, "archived", "item", item.id, now, facts={"item": item.name})
    return item


@transactional
def restore_item(actor: Actor, item_id: uuid.UUID, now: datetime) -> Item:
    """Bring an archived item back. Needs staff. Raises NotFound."""
    actor.require("staff")
    item = _locked(actor, item_id)
    if item.archived_at is not None:
        item.archived_at = None
        record(actor, "restored", "item", item.id, now, facts={"item": item.name})
    return item


def _locked(actor: Actor, item_id: uuid.UUID) -> Item:
    item = locked(Item, actor.business_id, item_id)
    if item is None:
        raise NotFound
    return item


def _write(item: Item, values: ItemValues) -> None:
    for name, value in values.columns().items():
        setattr(item, name, value)
    item.sort_name = sort_key(values.name)
    item.search = searchable(values)


def _write_taxes(item: Item, values: ItemValues) -> bool:
    """Make the taxes those of `values`; whether any changed. An archived tax is kept until something changes."""
    known = queries.taxes_by_id(item.business_id, values.tax_ids)
    if set(values.tax_ids) - set(known):
        raise NotFound
    mine = (ItemTax.business_id == item.business_id, ItemTax.item_id == item.id)
    before = {tax.id for tax in queries.item_taxes(item.business_id, [item.id])[item.id]}
    gone = [tax.name for tax in known.values() if tax.archived_at]
    if gone:
        raise Invalid("tax_ids", f"{', '.join(gone)} is archived. Choose another tax.")
    if before == set(known):
        return False
    db.session.execute(delete(ItemTax).where(*mine))
    for position, tax_id in enumerate(dict.fromkeys(values.tax_ids)):
        db.session.add(ItemTax(business_id=item.business_id, item_id=item.id, tax_id=tax_id, position=position))
    return True
