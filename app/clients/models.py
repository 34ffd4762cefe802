"""Clients, their contacts and tags."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.changed import Changed, by_change
from app.database import FoldedName, Instant, Tenant, tenant_key
from app.extensions import db
from app.folding import fold_all, sort_key


def _name(new: Any) -> str:
    return str(new.get_current_parameters()["name"])


class Client(Tenant, Changed, db.Model):
    """Somebody who is invoiced. Archived, never deleted. Empty language, currency, terms mean "as the business".

    `channels` is the order in which they are written to (empty: as the business), `consents` the channels they agreed
    to with the date; who does not want reminders has `no_reminders_at`.

    `sort_name` and `search` are folded (`app/folding.py`): what names are ordered by, and what a search looks through.
    """

    __tablename__ = "client"
    kind: Mapped[str] = mapped_column(String(8), default="company")
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    tax_id: Mapped[str] = mapped_column(String(64), default="")
    currency: Mapped[str] = mapped_column(String(3), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    terms_days: Mapped[int | None] = mapped_column(Integer)
    notes: Mapped[str] = mapped_column(Text, default="")
    channels: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    consents: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    no_reminders_at: Mapped[datetime | None] = mapped_column(Instant)
    sort_name: Mapped[str] = mapped_column(FoldedName, default=lambda new: sort_key(_name(new)))
    search: Mapped[str] = mapped_column(Text, default=lambda new: fold_all(_name(new)))
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (Index("ix_client_name", "business_id", "sort_name", "id"), by_change("client"))
    __mapper_args__ = {"version_id_col": version}


class Contact(Tenant, db.Model):
    """A person at a client; `gets_documents` says who documents go to."""

    __tablename__ = "contact"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    gets_documents: Mapped[bool] = mapped_column(Boolean, default=True)
    __table_args__ = (tenant_key("client_id", "client"), Index("ix_contact_client", "business_id", "client_id"))


class ClientTag(Tenant, db.Model):
    """One word on one client."""

    __tablename__ = "client_tag"
    client_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    tag: Mapped[str] = mapped_column(String(40))
    __table_args__ = (
        tenant_key("client_id", "client"),
        Index("uq_client_tag", "business_id", "client_id", "tag", unique=True),
        Index("ix_client_tag_tag", "business_id", "tag"),
    )
