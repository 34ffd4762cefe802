"""What many drafts come to: everything they refer to is read at once, and what says the same is added up once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from app import bulk
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.bulk import Tail, rest, tail
from app.catalog.models import Tax
from app.catalog.queries import known_items, taxes_by_id
from app.clients.many import rows_by_id
from app.clients.models import Client
from app.errors import Invalid, NotFound
from app.invoices.models import Invoice
from app.invoices.parties import BUYER, buyer_facts, seller_facts
from app.invoices.queries.rows import searchable
from app.invoices.rules import due_date
from app.invoices.service.drafts import MAX_LINES
from app.invoices.service.issuing import not_ready, sides
from app.invoices.service.rating import fix_rate, quote_for
from app.invoices.stencils import Stencil, cut
from app.invoices.values import DraftValues
from app.ledger.exchange import Quote, Rate
from app.ledger.rules import balanced

OWN = (
    "id",
    "client_id",
    "number",
    "issue_date",
    "due_date",
    "terms_days",
    "po_number",
    "notes",
    "buyer_name",
    "buyer",
    "search",
)
SHARED = rest(Invoice, *OWN)
SIDE = ("account", "currency", "amount_minor", "base_currency", "base_minor")
_NOBODY = uuid.UUID(int=0)
_ISSUED_VERSION = 2


class Cut(NamedTuple):
    """A stencil with the document it was cut of (not stored), the values of SHARED and the sides of its posting.

    A side is (whether it carries the client, whether it carries the invoice, values of SIDE).
    """

    stencil: Stencil
    document: Invoice
    shared: Tail
    sides: tuple[tuple[bool, bool, Tail], ...]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A client as its invoices show it; `search` is what they are found by, folded, the name first."""

    id: str
    name: str
    facts: str
    search: str


class Desk:
    """Everything that some drafts refer to, read at once."""

    def __init__(self, actor: Actor, drafts: Sequence[DraftValues], now: datetime) -> None:
        self.actor, self.now, self.business = actor, now, get_business(actor.business_id)
        self.seller = seller_facts(self.business)
        wanted = {values.client_id for values in drafts if values.client_id}
        self._clients = rows_by_id(self.business.id, wanted, (*BUYER, Client.search))
        self._buyers: dict[uuid.UUID, Buyer] = {}
        self._taxes = self._read_taxes(drafts)
        self._quotes: dict[tuple[str, date], Quote | None] = {}
        self._cuts: dict[Any, Cut] = {}

    def measure(self, values: DraftValues) -> tuple[Cut, date]:
        """What an invoice comes to, and the day it is due."""
        if values.client_id is not None and values.client_id not in self._clients:
            raise NotFound
        due = values.due_date or due_date(values.issue_date, values.terms_days)
        if due < values.issue_date:
            raise Invalid("due_date", "The due date lies before the issue date.")
        if values.client_id is None:
            raise not_ready(None, [line.title for line in values.lines])
        quote = self._quote(values)
        # A rate belongs to a day; nothing else that is shared does.
        key = (values.currency, values.lines, values.discount, values.prices_include_tax, quote)
        known = self._cuts.get(key)
        if known is None:
            known = self._cuts[key] = self._cut(values, quote)
        return known, due

    def buyer(self, client_id: uuid.UUID) -> Buyer:
        """A client of these drafts, written out when the first of their invoices is."""
        known = self._buyers.get(client_id)
        if known is None:
            row = self._clients[client_id]
            search = searchable("", "", row.name, row.search)
            known = self._buyers[client_id] = Buyer(client_id.hex, row.name, json.dumps(buyer_facts(row)), search)
        return known

    def _quote(self, values: DraftValues) -> Quote | None:
        base = self.business.currency
        if values.currency == base:
            return None
        if values.rate is not None:
            return Quote(Rate(values.currency, base, values.rate), "typed", values.issue_date)
        key = values.currency, values.issue_date
        if key not in self._quotes:
            wanted = Invoice(currency=values.currency, issue_date=values.issue_date)
            self._quotes[key] = quote_for(wanted, self.business)
        return self._quotes[key]

    def _cut(self, values: DraftValues, quote: Quote | None) -> Cut:
        if len(values.lines) > MAX_LINES:
            raise Invalid("lines", f"One invoice holds at most {MAX_LINES} lines.")
        kind, value = values.discount or (None, None)
        document = Invoice(
            business_id=self.business.id,
            id=_NOBODY,
            client_id=_NOBODY,
            status="open",
            currency=values.currency,
            tax_rounding=self.business.tax_rounding,
            prices_include_tax=values.prices_include_tax,
            discount_kind=kind,
            discount_value=value,
            seller=self.seller,
            issued_at=self.now,
            created_by=self.actor.person_id,
            created_at=self.now,
            updated_at=self.now,
            version=_ISSUED_VERSION,
        )
        stencil = cut(document, values, self._taxes)
        titles = [line.title for line in values.lines]
        if not titles or not all(titles):
            raise not_ready(values.client_id, titles)
        fix_rate(document, quote)
        document.owe(document.total_minor)
        document.paid_at = self.now if document.total_minor == 0 else None
        moved = [
            (
                line.client_id is not None,
                line.invoice_id is not None,
                tail(
                    (
                        line.account,
                        line.money.currency,
                        line.money.minor,
                        line.base.currency if line.base else None,
                        line.base.minor if line.base else None,
                    )
                ),
            )
            for line in balanced(sides(document))
        ]
        return Cut(stencil, document, tail(bulk.values(document, SHARED)), tuple(moved))

    def _read_taxes(self, drafts: Sequence[DraftValues]) -> Mapping[uuid.UUID, Tax]:
        # Plans repeat themselves: what they say is looked at once.
        lines = {line for said in {values.lines for values in drafts} for line in said}
        wanted = {tax_id for line in lines for tax_id in line.tax_ids}
        known = taxes_by_id(self.business.id, wanted) if wanted else {}
        items = {line.item_id for line in lines if line.item_id}
        if wanted - known.keys() or (items and items - known_items(self.business.id, items)):
            raise NotFound
        return known
