"""Drafts: made, saved while somebody types, duplicated, thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, insert, inspect

from app import clock
from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.catalog.models import Tax
from app.catalog.queries import known_items, taxes_by_id
from app.clients.models import Client
from app.clients.queries import get_client, home_and_client
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices import queries
from app.invoices.errors import StaleDraft
from app.invoices.figures import AnyLine, AnyTax, keep_line_totals, keep_totals, stored_totals, typed_rows
from app.invoices.models import Attachment, Invoice, InvoiceLine, LineTax, Revision
from app.invoices.rules import WrongState, due_date
from app.invoices.values import DiscountValue, DraftValues, LineValues
from app.ledger.exchange import Quote, Rate

MAX_LINES = 500


@transactional
def create_draft(actor: Actor, values: DraftValues, *, now: datetime, draft_id: uuid.UUID | None = None) -> Invoice:
    """Store a new draft, under `draft_id` when its editor already gave it one.

    Raises Invalid with the field's path, NotFound for a foreign client, tax or item.
    """
    actor.require("staff")
    business, client = home_and_client(actor.business_id, values.client_id)
    invoice = Invoice(
        business_id=actor.business_id,
        id=draft_id or new_id(),
        status="draft",
        created_by=actor.person_id,
        created_at=now,
        updated_at=now,
        tax_rounding=business.tax_rounding,
        currency=values.currency,
        issue_date=values.issue_date,
        due_date=values.issue_date,
    )
    _fill(invoice, values, client, now)
    audit.record(actor, "drafted", "invoice", invoice.id, now, client_id=invoice.client_id)
    return invoice


@transactional
def save_draft(actor: Actor, invoice_id: uuid.UUID, values: DraftValues, *, version: int, now: datetime) -> Invoice:
    """Replace what a draft says. Raises StaleDraft when it changed since `version` was read."""
    actor.require("staff")
    invoice = lock_draft(actor.business_id, invoice_id, "edited")
    if invoice.version != version:
        raise StaleDraft(current=invoice)
    client = get_client(actor.business_id, values.client_id) if values.client_id else None
    _fill(invoice, values, client, now)
    return invoice


@transactional
def delete_draft(actor: Actor, invoice_id: uuid.UUID, *, now: datetime, version: int | None = None) -> None:
    """Throw a draft away with its lines and attachments. Issued documents are never deleted.

    Raises StaleDraft when it changed since `version` was read.
    """
    actor.require("staff")
    invoice = lock_draft(actor.business_id, invoice_id, "deleted")
    if version is not None and invoice.version != version:
        raise StaleDraft(current=invoice)
    for table in (LineTax, InvoiceLine, Attachment):
        _clear(table, actor.business_id, invoice_id)
    db.session.execute(delete(Revision).where(Revision.business_id == actor.business_id, Revision.id == invoice_id))
    db.session.delete(invoice)
    audit.record(actor, "deleted_draft", "invoice", invoice_id, now, client_id=invoice.client_id)


@transactional
def duplicate(actor: Actor, invoice_id: uuid.UUID, *, now: datetime) -> Invoice:
    """A new draft with the same client and lines, dated today, with today's taxes of the same name."""
    actor.require("staff")
    source = queries.get_invoice(actor.business_id, invoice_id)
    business = get_business(actor.business_id)
    stored = queries.contents(actor.business_id, invoice_id)
    values = DraftValues(
        currency=source.currency,
        issue_date=clock.day_in(now, business.timezone),
        terms_days=source.terms_days,
        client_id=source.client_id,
        po_number=source.po_number,
        notes=source.notes,
        discount=_discount(source.discount_kind, source.discount_value),
        prices_include_tax=source.prices_include_tax,
        lines=tuple(_line_values(line, stored.taxes) for line in stored.lines),
    )
    copy = create_draft(actor, values, now=now)
    audit.record(actor, "duplicated", "invoice", source.id, now, client_id=source.client_id, facts={"to": str(copy.id)})
    return copy


def lock_draft(business_id: uuid.UUID, invoice_id: uuid.UUID, verb: str) -> Invoice:
    """The draft itself, held for change. Raises NotFound, or WrongState once it is issued."""
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    refuse_issued(invoice.status, verb)
    return invoice


def refuse_issued(status: str, verb: str) -> None:
    """Raise WrongState for what is no draft any more; `verb` is what cannot be done with it: "edited"."""
    if status != "draft":
        raise WrongState(f"This invoice was issued, so it cannot be {verb}. Void it or make a new one.")


def _fill(invoice: Invoice, values: DraftValues, client: Client | None, now: datetime) -> None:
    """Write what was typed. All that is read is read first, so that each row is written once."""
    if len(values.lines) > MAX_LINES:
        raise Invalid("lines", f"One invoice holds at most {MAX_LINES} lines.")
    taxes = _taxes_named(invoice.business_id, values)
    due = values.due_date or due_date(values.issue_date, values.terms_days)
    if due < values.issue_date:
        raise Invalid("due_date", "The due date lies before the issue date.")
    kind, value = values.discount or (None, None)
    fields = {
        "client_id": values.client_id,
        "buyer_name": client.name if client else "",
        "currency": values.currency,
        "issue_date": values.issue_date,
        "terms_days": values.terms_days,
        "due_date": due,
        "po_number": values.po_number,
        "notes": values.notes,
        "prices_include_tax": values.prices_include_tax,
        "discount_kind": kind,
        "discount_value": value,
        "updated_at": now,
    }
    for name, new in fields.items():
        setattr(invoice, name, new)
    invoice.fix(_typed_rate(invoice.business_id, values))
    lines, chosen = typed_rows(invoice, values, taxes)
    totals = stored_totals(invoice, lines, chosen)
    keep_totals(invoice, totals)
    keep_line_totals(lines, totals)
    invoice.search = queries.search_text(invoice, client.search if client else "")
    _write(invoice, lines, chosen)


def _typed_rate(business_id: uuid.UUID, values: DraftValues) -> Quote | None:
    """The rate that was typed; where the document is in the business's own currency none is needed, nor kept."""
    base = get_business(business_id).currency if values.rate is not None else ""
    if values.rate is None or values.currency == base:
        return None
    return Quote(Rate(values.currency, base, values.rate), "typed", values.issue_date)


def _taxes_named(business_id: uuid.UUID, values: DraftValues) -> dict[uuid.UUID, Tax]:
    """The taxes that lines name. Raises NotFound for a foreign tax or item."""
    wanted = {tax_id for line in values.lines for tax_id in line.tax_ids}
    known = taxes_by_id(business_id, wanted) if wanted else {}
    items = {line.item_id for line in values.lines if line.item_id}
    if wanted - known.keys() or (items and items - known_items(business_id, items)):
        raise NotFound
    return known


def _write(invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[LineTax]) -> None:
    """Store a draft with its lines in place of those it had."""
    if not inspect(invoice).transient:
        for table in (LineTax, InvoiceLine):
            _clear(table, invoice.business_id, invoice.id)
    db.session.add(invoice)
    db.session.flush()
    _write_rows(InvoiceLine, lines)
    _write_rows(LineTax, taxes)


def _write_rows(model: type[InvoiceLine | LineTax], rows: Sequence[InvoiceLine | LineTax]) -> None:
    """Into the table: rows that are replaced and never changed need no session that watches over each of them."""
    names = [column.name for column in model.__table__.columns]
    if rows:
        stored = [{name: getattr(row, name) for name in names} for row in rows]
        db.session.execute(insert(model.__table__), stored)  # type: ignore[arg-type]


def _line_values(line: AnyLine, taxes: Sequence[AnyTax]) -> LineValues:
    return LineValues(
        title=line.title,
        detail=line.detail,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=_discount(line.discount_kind, line.discount_value),
        tax_ids=tuple(tax.tax_id for tax in taxes if tax.line_id == line.id),
        item_id=line.item_id,
    )


def _discount(kind: str | None, value: Decimal | None) -> DiscountValue | None:
    return ("amount" if kind == "amount" else "percent", value) if kind and value is not None else None


def _clear(table: type, business_id: uuid.UUID, invoice_id: uuid.UUID) -> None:
    db.session.execute(delete(table).where(table.business_id == business_id, table.invoice_id == invoice_id))  # type: ignore[attr-defined]


def default_terms(business: Business, client_terms: int | None) -> int:
    """Payment terms in days: the client's own, else the business's."""
    return business.terms_days if client_terms is None else client_terms
