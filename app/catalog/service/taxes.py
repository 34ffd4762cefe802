"""Changing taxes. Lines copy a tax when it is chosen, so a change never reaches a document that exists."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select

from app.auth.audit import differences, record
from app.auth.models import Business
from app.auth.rules import Actor
from app.catalog import queries
from app.catalog.errors import StaleTax
from app.catalog.models import Tax
from app.catalog.rules import TaxValues, moved
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db


@transactional
def create_tax(actor: Actor, values: TaxValues, now: datetime) -> Tax:
    """Add a tax, applied after those that exist. Needs staff."""
    actor.require("staff")
    _lock_order(actor)
    last = db.session.scalar(select(func.max(Tax.position)).where(Tax.business_id == actor.business_id))
    position = 0 if last is None else last + 1
    tax = Tax(business_id=actor.business_id, created_at=now, position=position, **values.columns())
    db.session.add(tax)
    db.session.flush()
    record(actor, "created", "tax", tax.id, now, facts={"tax": values.name, "rate": str(values.rate)})
    return tax


@transactional
def change_tax(actor: Actor, tax_id: uuid.UUID, values: TaxValues, version: int, now: datetime) -> Tax:
    """Replace everything typed about a tax. Needs staff. Raises NotFound, StaleTax."""
    actor.require("staff")
    tax = _locked(actor, tax_id)
    if tax.version != version:
        raise StaleTax(current=tax)
    changes = differences(tax, values.columns())
    for name, value in values.columns().items():
        setattr(tax, name, value)
    if changes:
        record(actor, "changed", "tax", tax.id, now, facts={"tax": values.name}, changes=changes)
    return tax


@transactional
def move_tax(actor: Actor, tax_id: uuid.UUID, direction: Literal["up", "down"], now: datetime) -> None:
    """Apply a tax one place earlier or later on every new line; an archived one has no place. Raises NotFound."""
    actor.require("staff")
    _lock_order(actor)
    queries.get_tax(actor.business_id, tax_id)
    taxes = {tax.id: tax for tax in queries.live_taxes(actor.business_id)}
    if tax_id not in taxes:
        return
    before = list(taxes)
    after = moved(before, tax_id, direction)
    for position, one in enumerate(after):
        taxes[one].position = position
    if after != before:
        facts = {"tax": taxes[tax_id].name, "place": after.index(tax_id) + 1}
        record(actor, "moved", "tax", tax_id, now, facts=facts)


@transactional
def archive_tax(actor: Actor, tax_id: uuid.UUID, now: datetime) -> Tax:
    """Take a tax out of choices; items that have it no longer bring it along. Needs staff. Raises NotFound."""
    actor.require("staff")
    tax = _locked(actor, tax_id)
    if tax.archived_at is None:
        tax.archived_at = now
        record(actor, "archived", "tax", tax.id, now, facts={"tax": tax.name})
    return tax


@transactional
def restore_tax(actor: Actor, tax_id: uuid.UUID, now: datetime) -> Tax:
    """Bring an archived tax back, also to the items that had it. Needs staff. Raises NotFound."""
    actor.require("staff")
    tax = _locked(actor, tax_id)
    if tax.archived_at is not None:
        tax.archived_at = None
        record(actor, "restored", "tax", tax.id, now, facts={"tax": tax.name})
    return tax


def _locked(actor: Actor, tax_id: uuid.UUID) -> Tax:
    tax = locked(Tax, actor.business_id, tax_id)
    if tax is None:
        raise NotFound
    return tax


def _lock_order(actor: Actor) -> None:
    """Two people who reorder at once take turns: the order of taxes belongs to the whole business."""
    db.session.execute(select(Business.id).where(Business.id == actor.business_id).with_for_update())
