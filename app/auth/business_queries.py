"""Which businesses there are, and what stands for each in addresses that other companies call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row, select

from app.auth.models import Business
from app.extensions import db


def gateway_key_of(business_id: uuid.UUID) -> str:
    """What stands for a business in addresses that companies call."""
    return str(db.session.scalar(select(Business.gateway_key).where(Business.id == business_id)) or "")


def find_by_gateway_key(key: str) -> uuid.UUID | None:
    """The business that an address companies call stands for."""
    if not key.isascii() or not key.isalnum():
        return None
    return db.session.scalar(select(Business.id).where(Business.gateway_key == key))


def business_ids() -> list[uuid.UUID]:
    """Every business of the installation, oldest first."""
    return list(db.session.scalars(select(Business.id).order_by(Business.id)))


def calendars() -> Sequence[Row[tuple[uuid.UUID, str, int]]]:
    """(id, time zone, hour of the day's work) of every business."""
    return db.session.execute(select(Business.id, Business.timezone, Business.send_hour)).all()
