"""Holds on reminders and promises to pay, page by page; of one business."""

from __future__ import annotations

import uuid
from dataclasses import astuple, dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.models import Hold
from app.web.paging import Page, Walk, paginate


@dataclass(frozen=True, slots=True)
class HoldFilters:
    """What a list of holds is narrowed to; `standing_on`: those that nobody ended and whose day has not passed."""

    kind: str = ""
    client_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    outcome: str = ""
    standing_on: date | None = None


class HeldFor(NamedTuple):
    """A hold, and whose it is: of one on an invoice, the client of that."""

    row: Hold
    client_id: uuid.UUID


def list_holds(business_id: uuid.UUID, filters: HoldFilters, walk: Walk) -> Page[HeldFor]:
    """A page of holds, the newest first."""
    found: list[ColumnElement[bool]] = [Hold.business_id == business_id]
    if filters.kind:
        found.append(Hold.kind == filters.kind)
    if filters.client_id:
        found.append(or_(Hold.client_id == filters.client_id, Invoice.client_id == filters.client_id))
    if filters.invoice_id:
        found.append(Hold.invoice_id == filters.invoice_id)
    if filters.outcome:
        found.append(Hold.outcome == filters.outcome)
    if filters.standing_on is not None:
        found += [Hold.ended_at.is_(None), Hold.until >= filters.standing_on]
    query = select(Hold, _WHOSE).outerjoin(Invoice, _ON_INVOICE).where(*found)
    page = paginate(query, (Hold.id.desc(),), walk, scope=(business_id, "holds", *astuple(filters)))
    return Page([HeldFor(*row) for row in page.items], page.next, page.previous, page.total)


def get_hold(business_id: uuid.UUID, hold_id: uuid.UUID) -> HeldFor:
    """One hold. Raises NotFound."""
    mine = (Hold.business_id == business_id, Hold.id == hold_id)
    query = select(Hold, _WHOSE).outerjoin(Invoice, _ON_INVOICE).where(*mine)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return HeldFor(*row)


_ON_INVOICE = and_(Invoice.business_id == Hold.business_id, Invoice.id == Hold.invoice_id)
_WHOSE = func.coalesce(Hold.client_id, Invoice.client_id).label("whose")
