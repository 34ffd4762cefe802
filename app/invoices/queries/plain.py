"""Invoices as plain rows, for programs: one with its lines in one statement, a page of them in one or two."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, bindparam, literal, select

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries.lists import INVOICE, Filters, conditions, order_of
from app.invoices.queries.rows import IN_ORDER, LINE, PARTS, WITH_PARTS, Contents, sort_out
from app.invoices.values import StoredInvoice
from app.statements import built
from app.web.paging import Page, Walk, paginate

CreditedOn = Callable[[], ColumnElement[int]]
"""What credit notes over the invoice of a query around it settled of it, as the room of payments tells it."""
_COLUMNS = tuple(INVOICE[name] for name in StoredInvoice._fields[:-1])
_WIDTH = len(StoredInvoice._fields)
_HAS = and_(LINE.business_id == INVOICE.business_id, LINE.invoice_id == INVOICE.id)
_SEVERAL = built(
    select(LINE.invoice_id, *PARTS)
    .select_from(WITH_PARTS)
    .where(LINE.business_id == bindparam("business_id"), LINE.invoice_id.in_(bindparam("ids", expanding=True)))
    .order_by(LINE.invoice_id, *IN_ORDER)
)


@dataclass(frozen=True, slots=True)
class Whole:
    """An invoice; with its lines where they were asked for."""

    invoice: StoredInvoice
    contents: Contents | None


def get_whole(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Whole:
    """One invoice with its lines. Raises NotFound, for another business's too."""
    query = _whole(current_app.extensions.get("duely_credited_on"))
    rows = db.session.execute(query, {"business_id": business_id, "invoice_id": invoice_id}).all()
    if not rows:
        raise NotFound
    return Whole(StoredInvoice._make(rows[0][:_WIDTH]), sort_out(rows, _WIDTH))


def list_whole(business_id: uuid.UUID, filters: Filters, walk: Walk, today: date, *, lines: bool) -> Page[Whole]:
    """A page of the invoices that `filters` leaves, `today` being the date in the business's time zone."""
    scope = (business_id, "invoices as rows", filters, "" if filters.overdue is None else today)
    query = _rows(current_app.extensions.get("duely_credited_on")).where(*conditions(business_id, filters, today))
    page = paginate(query, order_of(filters.sort), walk, scope=scope)
    found = _contents_of(business_id, [row.id for row in page.items]) if lines else {}
    nothing = Contents((), (), ()) if lines else None
    items = [Whole(StoredInvoice._make(row), found.get(row.id, nothing)) for row in page.items]
    return Page(items, page.next, page.previous, page.total)


def _contents_of(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Contents]:
    if not ids:
        return {}
    rows = db.session.execute(_SEVERAL, {"business_id": business_id, "ids": list(ids)})
    return {invoice_id: sort_out(found, 1) for invoice_id, found in groupby(rows, lambda row: row[0])}


@cache
def _rows(credited: CreditedOn | None) -> Select[Any]:
    return select(*_COLUMNS, (credited() if credited else literal(0)).label("noted_minor"))


@cache
def _whole(credited: CreditedOn | None) -> Select[Any]:
    query = (
        _rows(credited)
        .add_columns(*PARTS)
        .select_from(Invoice.__table__.outerjoin(WITH_PARTS, _HAS))
        .where(INVOICE.business_id == bindparam("business_id"), INVOICE.id == bindparam("invoice_id"))
        .order_by(*IN_ORDER)
    )
    return built(query)
