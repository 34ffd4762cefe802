"""The rows of one invoice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import accumulate
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, bindparam, null, select

from app import clock
from app.auth.models import Business, Link
from app.errors import NotFound
from app.extensions import db
from app.folding import fold_all
from app.invoices.figures import AnyLine, AnyTax
from app.invoices.models import Attachment, Invoice, InvoiceFigure, InvoiceLine, LineTax, Revision
from app.invoices.values import StoredFigure, StoredLine, StoredTax
from app.statements import built


def find_invoice(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice | None:
    """One invoice of a business, or None."""
    return db.session.get(Invoice, (business_id, invoice_id))


def get_invoice(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    """One invoice of a business. Raises NotFound, for another business's too."""
    invoice = find_invoice(business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice


_OPENED_BY = and_(
    Link.business_id == Invoice.business_id,
    Link.kind == "invoice",
    Link.object_id == Invoice.id,
    Link.revoked_at.is_(None),
)
_CARRIES = and_(Attachment.business_id == Invoice.business_id, Attachment.invoice_id == Invoice.id)
_TAKES_PLACE, _REPLACED = Revision.__table__.alias("takes_place"), Revision.__table__.alias("replaced")
_ITS_PLACE = and_(_TAKES_PLACE.c.business_id == Invoice.business_id, _TAKES_PLACE.c.id == Invoice.id)
_IN_ITS_PLACE = and_(_REPLACED.c.business_id == Invoice.business_id, _REPLACED.c.revised_id == Invoice.id)
MadeBy = Callable[[type[Invoice]], ColumnElement[Any]]
"""The id of the subscription that made the invoice of a query around it, as the room of subscriptions tells it."""


@cache
def _folder(made_by: MadeBy | None) -> Select[Any]:
    query = (
        select(
            Invoice,
            Business,
            Link,
            Attachment,
            _TAKES_PLACE.c.revised_id.label("revises"),
            _REPLACED.c.id.label("revised_by"),
            (made_by(Invoice) if made_by else null()).label("made_by"),
        )
        .join(Business, Business.id == Invoice.business_id)
        .outerjoin(_TAKES_PLACE, _ITS_PLACE)
        .outerjoin(_REPLACED, _IN_ITS_PLACE)
        .outerjoin(Link, _OPENED_BY)
        .outerjoin(Attachment, _CARRIES)
        .where(Invoice.business_id == bindparam("business_id"), Invoice.id == bindparam("invoice_id"))
        .order_by(Link.created_at.desc(), Attachment.id)
    )
    return built(query)


@dataclass(frozen=True, slots=True)
class Folder:
    """An invoice, whose it is, the customer's link that opens it, and the files that travel with it, oldest first.

    `revises` is the invoice whose place it takes, `revised_by` the one that takes its place,
    `made_by` the subscription that bills on it.

    While `business` is held here, `get_business` finds it in the session without asking again.
    """

    invoice: Invoice
    business: Business
    link: Link | None
    files: list[Attachment]
    revises: uuid.UUID | None = None
    revised_by: uuid.UUID | None = None
    made_by: uuid.UUID | None = None


def get_folder(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Folder:
    """One invoice of a business with what lies beside it. Raises NotFound, for another business's too."""
    folder = _folder(current_app.extensions.get("duely_made_by"))
    rows = db.session.execute(folder, {"business_id": business_id, "invoice_id": invoice_id}).all()
    if not rows:
        raise NotFound
    invoice, business, link, _, revises, revised_by, made_by = rows[0]
    files = list(dict.fromkeys(row.Attachment for row in rows if row.Attachment))
    return Folder(invoice, business, link, files, revises, revised_by, made_by)


@dataclass(frozen=True, slots=True)
class Contents:
    """What an invoice is made of: its lines in order, the taxes on them in theirs, and what each tax came to."""

    lines: Sequence[AnyLine]
    taxes: Sequence[AnyTax]
    tax_figures: Sequence[StoredFigure]


LINE, TAX, FIGURE = InvoiceLine.__table__.c, LineTax.__table__.c, InvoiceFigure.__table__.c
_OF_LINE = and_(TAX.business_id == LINE.business_id, TAX.invoice_id == LINE.invoice_id, TAX.line_id == LINE.id)
_OF_TAX = and_(
    FIGURE.business_id == TAX.business_id,
    FIGURE.invoice_id == TAX.invoice_id,
    FIGURE.line_id == TAX.line_id,
    FIGURE.tax_id == TAX.tax_id,
    FIGURE.kind == "tax",
)
_PARTS: tuple[tuple[Any, Any], ...] = ((StoredLine, LINE), (StoredTax, TAX), (StoredFigure, FIGURE))
PARTS = tuple(columns[name] for kind, columns in _PARTS for name in kind._fields)
"""The columns of lines, taxes and figures as `sort_out` takes them; WITH_PARTS is where they come from."""
WITH_PARTS = InvoiceLine.__table__.outerjoin(LineTax.__table__, _OF_LINE).outerjoin(InvoiceFigure.__table__, _OF_TAX)
IN_ORDER = (LINE.position, TAX.position, TAX.id)
_CONTENTS = built(
    select(*PARTS)
    .select_from(WITH_PARTS)
    .where(LINE.business_id == bindparam("business_id"), LINE.invoice_id == bindparam("invoice_id"))
    .order_by(*IN_ORDER)
)
_ENDS = tuple(accumulate(len(kind._fields) for kind, _ in _PARTS))


def contents(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Contents:
    """The lines of an invoice with everything on them. A draft has no figures yet: they are written at issue."""
    return sort_out(db.session.execute(_CONTENTS, {"business_id": business_id, "invoice_id": invoice_id}).all())


def sort_out(rows: Iterable[Sequence[Any]], before: int = 0) -> Contents:
    """Rows of PARTS, in their order, as lines, taxes and figures; `before` columns of something else come first."""
    found: list[dict[uuid.UUID, Any]] = [{}, {}, {}]
    for row in rows:
        start = before
        for (kind, _), parts, end in zip(_PARTS, found, _ENDS, strict=True):
            if (key := row[start]) is not None and key not in parts:
                parts[key] = kind._make(row[start : before + end])
            start = before + end
    lines, taxes, figures = (list(parts.values()) for parts in found)
    return Contents(lines, taxes, sorted(figures, key=lambda figure: figure.position))


def attachments(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[Attachment]:
    """The files that travel with an invoice, oldest first."""
    query = (
        select(Attachment)
        .where(Attachment.business_id == business_id, Attachment.invoice_id == invoice_id)
        .order_by(Attachment.id)
    )
    return list(db.session.scalars(query))


def business_today(business: Business, now: datetime) -> date:
    """Today's date on the wall of a business."""
    return clock.day_in(now, business.timezone)


def search_text(invoice: Invoice, client_search: str) -> str:
    """What a search box looks through: number, PO number and what the client is found by (folded already)."""
    return searchable(invoice.number or "", invoice.po_number, invoice.buyer_name, client_search)


def searchable(number: str, po_number: str, buyer_name: str, client_search: str) -> str:
    """The same of an invoice that has no row yet."""
    own = fold_all(number, po_number, buyer_name)
    return "\n".join(filter(None, (own, client_search)))
