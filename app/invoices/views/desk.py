"""Everything the editor shows around its form: client, taxes, figures, files, paper, what a newer version says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.auth.models import Business
from app.auth.queries import get_business
from app.catalog.models import Tax
from app.catalog.queries import FoundItem, live_taxes, search_items, taxes_by_id, units
from app.clients.models import Client
from app.clients.queries import find_client, search_clients
from app.errors import Invalid
from app.invoices import queries
from app.invoices.comparing import Difference
from app.invoices.forms import EditorForm, LineForm, empty_line
from app.invoices.models import Attachment, Invoice
from app.invoices.queries.corrections import Other, revised_by_draft
from app.invoices.queries.documents import InvoiceDocument
from app.invoices.queries.previews import preview_document
from app.invoices.queries.worth import Worth, draft_worth
from app.money import Money

OFFERED_CLIENTS = OFFERED_ITEMS = 200
"""How many the plain lists offer; the searches find all of them."""


@dataclass(frozen=True)
class Shape:
    """A line nobody typed yet, from which the browser makes new ones."""

    form: LineForm
    index: str = "__i__"
    id: str = "lines-__i__"


@dataclass
class Desk:
    """What lies around one editor. `doc` is None while the form cannot be added up, `worth` while it is in the
    business's own currency."""

    form: EditorForm
    draft_id: uuid.UUID
    business: Business
    taxes: list[Tax]
    client: Client | None = None
    invoice: Invoice | None = None
    doc: InvoiceDocument | None = None
    amounts: dict[int, Money] = field(default_factory=dict)
    files: Sequence[Attachment] = ()
    revises: Other | None = None
    worth: Worth | None = None
    clients: Sequence[Client] = ()
    conflict: Sequence[Difference] = ()
    client_was: str = ""
    shape: Shape | None = None
    units: Sequence[str] = ()
    items: Sequence[FoundItem] = ()

    @property
    def version(self) -> int:
        """The version the next save is held against; 0 before the first."""
        return self.invoice.version if self.invoice else 0

    @property
    def bad(self) -> list[str]:
        """Ids of the fields that need another look."""
        return list(dict.fromkeys(found[0] for found in self.form.problems()))


def lay_out(form: EditorForm, business_id: uuid.UUID, draft_id: uuid.UUID, now: datetime, *, valid: bool) -> Desk:
    """Read what the live parts of the editor need. A form that adds up only now may be refused by the engine here."""
    business = get_business(business_id)
    invoice = queries.find_invoice(business_id, draft_id)
    desk = Desk(form, draft_id, business, live_taxes(business_id), invoice=invoice)
    chosen = form.client_id.data
    desk.client = find_client(business_id, chosen) if chosen else None
    desk.client_was = str(desk.client.id) if desk.client else ""
    known = {tax.id: tax for tax in desk.taxes}
    missing = _chosen_taxes(form) - known.keys()
    if missing:
        known |= taxes_by_id(business_id, missing)
        desk.taxes = list(known.values())
    if valid:
        _add_up(desk, known, now)
    if desk.doc and desk.doc.currency != business.currency:
        typed = form.rate.data
        desk.worth = draft_worth(business, desk.doc.currency, desk.doc.issue_date, typed, desk.doc.total)
    return desk


def furnish(desk: Desk) -> Desk:
    """Read what only the whole page needs: the clients to choose from, the files."""
    business_id = desk.business.id
    desk.clients = search_clients(business_id, "", limit=OFFERED_CLIENTS)
    if desk.client and desk.client.id not in {client.id for client in desk.clients}:
        desk.clients = [desk.client, *desk.clients]
    defaults = [tax.id for tax in desk.taxes if tax.is_default]
    desk.shape = Shape(LineForm(prefix="lines-__i__-", data=empty_line(defaults)))
    desk.units = units(business_id)
    desk.items = search_items(business_id, "", limit=OFFERED_ITEMS)
    desk.files = queries.attachments(business_id, desk.draft_id) if desk.invoice else ()
    desk.revises = revised_by_draft(business_id, desk.draft_id) if desk.invoice else None
    return desk


def _add_up(desk: Desk, known: dict[uuid.UUID, Tax], now: datetime) -> None:
    values = desk.form.values()
    if any(tax_id not in known for line in values.lines for tax_id in line.tax_ids):
        return
    try:
        desk.doc = preview_document(desk.business, desk.client, values, known, now)
    except Invalid as error:
        if not desk.form.problems() and not desk.form.form_errors:
            desk.form.refuse(error)
        return
    kept: list[Any] = desk.form.kept_lines()
    desk.amounts = {entry.index: line.amount for entry, line in zip(kept, desk.doc.lines, strict=True)}


def _chosen_taxes(form: EditorForm) -> set[uuid.UUID]:
    """Taxes on the lines; before validation they are text, and what is no id is nobody's tax."""
    return {one for entry in form.lines for one in entry.form.taxes.data or () if isinstance(one, uuid.UUID)}
