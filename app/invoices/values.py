"""Plain values of documents: what is handed over to make a draft, parsed and checked for shape, and rows as read.

Rows that nobody changes are tuples: making objects of them costs more than reading them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

DiscountValue = tuple[Literal["percent", "amount"], Decimal]


@dataclass(frozen=True, slots=True)
class LineValues:
    """One line as typed. `unit_price` in major units; a discount of kind "amount" in major units, too."""

    title: str
    quantity: Decimal
    unit_price: Decimal
    detail: str = ""
    unit: str = ""
    discount: DiscountValue | None = None
    tax_ids: tuple[uuid.UUID, ...] = ()
    item_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DraftValues:
    """A draft as typed. Without `due_date` it follows from the issue date and the terms (days).

    `rate` is what one unit of its currency is worth in the business's; without one, issuing asks the table of rates.
    """

    currency: str
    issue_date: date
    terms_days: int
    client_id: uuid.UUID | None = None
    due_date: date | None = None
    po_number: str = ""
    notes: str = ""
    discount: DiscountValue | None = None
    prices_include_tax: bool = False
    lines: tuple[LineValues, ...] = ()
    rate: Decimal | None = None


class Issued(NamedTuple):
    """An invoice that was issued, as whoever asked for many has to know it; its total in minor units."""

    id: uuid.UUID
    number: str
    client_id: uuid.UUID
    currency: str
    total_minor: int


class StoredLine(NamedTuple):
    """A line; see `InvoiceLine` for the units."""

    id: uuid.UUID
    position: int
    item_id: uuid.UUID | None
    title: str
    detail: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount_kind: str | None
    discount_value: Decimal | None
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


class StoredTax(NamedTuple):
    """A tax on a line, `rate` in percent."""

    id: uuid.UUID
    line_id: uuid.UUID
    tax_id: uuid.UUID
    position: int
    name: str
    rate: Decimal
    inclusive: bool
    compound: bool


class StoredFigure(NamedTuple):
    """What a tax on a line came to when the document was issued."""

    id: uuid.UUID
    position: int
    label: str
    rate: Decimal | None
    base_minor: int
    amount_minor: int
    tax_id: uuid.UUID | None
    inclusive: bool


class StoredInvoice(NamedTuple):
    """An invoice as its row stands; see `Invoice` for the units. `noted_minor` is what credit notes over it settled."""

    id: uuid.UUID
    client_id: uuid.UUID | None
    number: str | None
    status: str
    buyer_name: str
    currency: str
    issue_date: date
    due_date: date
    terms_days: int
    po_number: str
    notes: str
    tax_rounding: str
    prices_include_tax: bool
    discount_kind: str | None
    discount_value: Decimal | None
    rate_to_base: Decimal | None
    subtotal_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    balance_minor: int
    written_off_minor: int
    issued_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    void_reason: str
    created_at: datetime
    updated_at: datetime
    version: int
    noted_minor: int
