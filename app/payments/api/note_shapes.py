"""The shapes of credit notes that come in and go out."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.web.api import Amount, In, ListQuery, MoneyOut, Out, Since, Text


class CreditLineIn(In):
    """How much of a line of the invoice is taken back, tax included."""

    line_id: uuid.UUID
    amount: Amount = Field(description="In major units of the invoice's currency.")


class CreditIn(In):
    """What of an invoice is taken back: of some lines so much, or all that is left of it."""

    reason: str = Field(min_length=1, max_length=300, description="It is printed on the credit note.")
    lines: list[CreditLineIn] | None = Field(None, min_length=1, max_length=500, description="Left out: everything.")
    settle: bool = Field(True, description="Whether it lowers what is due on this invoice before it is kept as credit.")


class CreditNoteReason(In):
    """Why, for your own records."""

    reason: str = Field(min_length=1, max_length=300, examples=["Typed twice"])


class CreditedLineOut(Out):
    """What of a line of the invoice was taken back."""

    line_id: uuid.UUID
    description: str
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut


class CreditedTaxOut(Out):
    """What of a tax was taken back; its rate in percent."""

    name: str
    rate: str
    amount: MoneyOut


class CreditNoteOut(Out):
    """A credit note: the total is what it settled, what is left of it as the customer's credit, and what was given back
    in money. Lists have no lines and taxes."""

    id: uuid.UUID
    number: str
    status: Literal["open", "void"]
    invoice_id: uuid.UUID
    invoice_number: str
    customer_id: uuid.UUID
    customer_name: str
    currency: str
    issue_date: date
    reason: str
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    settled: MoneyOut
    left: MoneyOut
    given_back: MoneyOut
    lines: list[CreditedLineOut] | None
    taxes: list[CreditedTaxOut] | None
    issued_at: datetime
    voided_at: datetime | None
    void_reason: str
    updated_at: datetime
    version: int


class CreditNoteQuery(ListQuery):
    """Which credit notes, in which order. Days are inclusive."""

    q: Text = Field("", description="Words of its number, that of its invoice, or of the customer.")
    status: Literal["", "open", "void"] = ""
    customer_id: uuid.UUID | None = None
    invoice_id: uuid.UUID | None = None
    currency: Text = ""
    number: Text = Field("", description="This very number.")
    issued_from: date | None = None
    issued_to: date | None = None
    with_credit: bool = Field(False, description="Only those of which something is left.")
    updated_since: Since | None = Field(None, description="Changed at this moment or after it.")
    sort: Literal["-issue_date", "issue_date", "-created_at", "created_at", "updated_at", "-updated_at"] = "-issue_date"


MONEY = {"amount": "107.50", "minor": 10750, "currency": "NGN"}
NOTHING = {"amount": "0.00", "minor": 0, "currency": "NGN"}
NET, OF_TAX = {**MONEY, "amount": "100.00", "minor": 10000}, {**MONEY, "amount": "7.50", "minor": 750}
LINE_ID = "01936f4e-7c00-7000-8000-000000000021"
CREDIT_NOTE = {
    "id": "01936f4e-7c00-7000-8000-000000000060",
    "number": "CN-2026-0001",
    "status": "open",
    "invoice_id": "01936f4e-7c00-7000-8000-000000000020",
    "invoice_number": "INV-2026-0001",
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "customer_name": "Adaeze Nwosu",
    "currency": "NGN",
    "issue_date": "2026-11-21",
    "reason": "Two days without service",
    "net": NET,
    "tax": OF_TAX,
    "total": MONEY,
    "settled": MONEY,
    "left": NOTHING,
    "given_back": NOTHING,
    "lines": [{"line_id": LINE_ID, "description": "Fibre, monthly", "net": NET, "tax": OF_TAX, "total": MONEY}],
    "taxes": [{"name": "VAT", "rate": "7.5", "amount": OF_TAX}],
    "issued_at": "2026-11-21T10:30:00Z",
    "voided_at": None,
    "void_reason": "",
    "updated_at": "2026-11-21T10:30:00Z",
    "version": 1,
}
