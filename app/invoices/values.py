"""What an editor or a program hands over to make a draft: plain values, already parsed and checked for shape."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

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
    """A draft as typed. Without `due_date` it follows from the issue date and the terms (days)."""

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
