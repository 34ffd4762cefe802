"""Items that are sold and the taxes on them."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.database import FoldedName, Instant, Scaled, Tenant, tenant_key
from app.extensions import db
from app.folding import fold_all, sort_key


class Tax(Tenant, db.Model):
    """A tax rate in percent. `pricing`: "document" follows the document, or always "inclusive" or "exclusive"."""

    __tablename__ = "tax"
    name: Mapped[str] = mapped_column(String(60))
    rate: Mapped[Decimal] = mapped_column(Scaled)
    pricing: Mapped[str] = mapped_column(String(9), default="document")
    compound: Mapped[bool] = mapped_column(Boolean, default=False)
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("ix_tax_position", "business_id", "position", "id"),)
    __mapper_args__ = {"version_id_col": version}


def _name(new: Any) -> str:
    return str(new.get_current_parameters()["name"])


class Item(Tenant, db.Model):
    """Something sold again and again: description, unit and price in major units of its currency."""

    __tablename__ = "item"
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(String(24), default="")
    price: Mapped[Decimal] = mapped_column(Scaled)
    currency: Mapped[str] = mapped_column(String(3))
    sort_name: Mapped[str] = mapped_column(FoldedName, default=lambda new: sort_key(_name(new)))
    search: Mapped[str] = mapped_column(Text, default=lambda new: fold_all(_name(new)))
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("ix_item_name", "business_id", "sort_name", "id"),)
    __mapper_args__ = {"version_id_col": version}


class ItemTax(Tenant, db.Model):
    """A tax that an item brings along, in order."""

    __tablename__ = "item_tax"
    item_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    tax_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (
        tenant_key("item_id", "item"),
        tenant_key("tax_id", "tax"),
        Index("uq_item_tax", "business_id", "item_id", "tax_id", unique=True),
    )
