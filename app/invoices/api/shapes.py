"""The shapes of invoices that come in and go out."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.web.api import Amount, In, ListQuery, MoneyOut, Out, Since, Text

Status = Literal["draft", "open", "void", "written_off"]
State = Literal["void", "written_off", "draft", "paid", "overdue", "part_paid", "open"]
PaymentState = Literal["unpaid", "part_paid", "paid"]
_DISCOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?%?")
_RATE = r"^[0-9]{1,6}(\.[0-9]{1,12})?$"


def _discount(value: object) -> object:
    if not isinstance(value, str) or not _DISCOUNT.fullmatch(value.strip()):
        raise ValueError('Write a discount as "10%", or as an amount: "500.00".')
    return value


def _rate(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_RATE, value.strip()):
        raise ValueError('Write a rate as text, with at most 6 digits before and 12 after the point: "1533.275".')
    return Decimal(value.strip())


Discount = Annotated[
    str,
    BeforeValidator(_discount),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,6})?%?$", "examples": ["10%", "500.00"]}),
]
Rate = Annotated[
    Decimal,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": _RATE, "examples": ["1533.275"]}),
]


class InvoiceLineIn(In):
    """One line. With an `item_id`, what is left out is taken from the item: words, unit, price, taxes."""

    item_id: uuid.UUID | None = None
    description: str | None = Field(None, min_length=1, max_length=300, examples=["Fibre, monthly"])
    details: str | None = Field(None, max_length=2000)
    unit: str | None = Field(None, max_length=24, examples=["month"])
    quantity: Amount = Field("1", validate_default=True)  # type: ignore[assignment]
    unit_price: Amount | None = Field(None, description="In major units of the invoice's currency.")
    taxes: list[Text] | None = Field(None, max_length=10, description="Names or ids of taxes, in their order.")
    discount: Discount | None = None


class InvoiceIn(In):
    """A draft as you would type it. What is left out is as it would be on an empty page: the currency and the terms of
    the customer, else of the business; dated today."""

    customer_id: uuid.UUID | None = None
    currency: str | None = Field(None, min_length=3, max_length=3, description="ISO 4217.", examples=["NGN"])
    issue_date: date | None = None
    due_date: date | None = None
    po_number: str = Field("", max_length=60)
    notes: str = Field("", max_length=4000)
    discount: Discount | None = Field(None, description="On everything, besides those of lines.")
    prices_include_tax: bool | None = Field(None, description="Left out, as the business has it.")
    rate_to_base: Rate | None = Field(
        None, description="What one unit of its currency is worth in the business's; left out, that of its date."
    )
    lines: list[InvoiceLineIn] = Field([], max_length=500)


class InvoiceChange(InvoiceIn):
    """What is to be different; what is left out stays. `lines` replaces all that are there."""

    po_number: str | None = Field(None, max_length=60)  # type: ignore[assignment]
    notes: str | None = Field(None, max_length=4000)  # type: ignore[assignment]
    lines: list[InvoiceLineIn] | None = Field(None, max_length=500)  # type: ignore[assignment]


class InvoicesIn(In):
    """Several drafts. A body of another shape is refused as a whole; else each is judged by itself."""

    invoices: list[InvoiceIn] = Field(min_length=1, max_length=100)


class InvoiceReason(In):
    """Why, for your own records."""

    reason: str = Field(min_length=1, max_length=300, examples=["Typed twice"])


class InvoiceSendIn(In):
    """By which channels, the first that can be used; without any, in the order the customer has."""

    channels: list[Literal["email", "whatsapp", "sms"]] = Field([], max_length=3)


class LineTaxOut(Out):
    """A tax on a line, its rate in percent."""

    id: uuid.UUID
    name: str
    rate: str
    inclusive: bool


class InvoiceLineOut(Out):
    """A line: `gross` is quantity times price, `net` what is left of it after discounts and without tax."""

    id: uuid.UUID
    item_id: uuid.UUID | None
    description: str
    details: str
    unit: str
    quantity: str
    unit_price: str
    discount: str | None
    taxes: list[LineTaxOut]
    gross: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut


class InvoiceTaxOut(Out):
    """A tax over the whole invoice: on how much, and how much it is."""

    name: str
    rate: str
    inclusive: bool
    base: MoneyOut
    amount: MoneyOut


class InvoiceOut(Out):
    """An invoice. The total is what was paid, credited and written off, and the balance, which is what is owed now:
    nothing on a draft. Lists have lines and taxes only with `include=lines`, else null."""

    id: uuid.UUID
    number: str | None
    status: Status
    payment_state: PaymentState
    overdue: bool
    state: State
    customer_id: uuid.UUID | None
    customer_name: str
    currency: str
    issue_date: date
    due_date: date
    po_number: str
    notes: str
    prices_include_tax: bool
    discount: str | None
    rate_to_base: str | None
    subtotal: MoneyOut
    discount_total: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    paid: MoneyOut
    credited: MoneyOut
    written_off: MoneyOut
    balance: MoneyOut
    lines: list[InvoiceLineOut] | None
    taxes: list[InvoiceTaxOut] | None
    created_at: datetime
    updated_at: datetime
    issued_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    void_reason: str
    version: int


class InvoiceResult(Out):
    """What became of one of several drafts; `index` counts from 0 in what was sent."""

    index: int
    success: bool
    id: uuid.UUID | None
    code: str | None
    message: str
    errors: dict[str, list[str]]


class InvoiceMessageOut(Out):
    """The message that brings an invoice: by which channel, to how many, and how far it got."""

    message_id: uuid.UUID
    channel: Literal["email", "whatsapp", "sms"]
    state: str
    recipients: int
    invoice_id: uuid.UUID
    number: str | None


class InvoiceMomentOut(Out):
    """Something that happened: a word for programs, and sentences for people."""

    at: datetime
    event: str
    title: str
    text: str


class WhyStepOut(Out):
    """One step of the arithmetic; `sum_of` names the steps it adds up."""

    step: str
    section: str
    label: str
    words: str
    amount: MoneyOut
    line: int | None
    tax: str | None
    sum_of: list[str]


class WhyOut(Out):
    """How a document comes to its total, step by step."""

    id: uuid.UUID
    number: str | None
    total: MoneyOut
    steps: list[WhyStepOut]


class InvoiceQuery(ListQuery):
    """Which invoices, in which order. Days are inclusive; amounts are in major units and need a currency."""

    q: Text = Field("", description="Words of the number, the PO number or the customer; or an amount.")
    status: list[Status] = Field([], max_length=4)
    payment_state: PaymentState | None = None
    overdue: bool | None = None
    customer_id: uuid.UUID | None = None
    currency: Text = Field("", description="ISO 4217.")
    number: Text = Field("", description="This very number.")
    issued_from: date | None = None
    issued_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    total_min: Amount | None = None
    total_max: Amount | None = None
    balance_min: Amount | None = None
    balance_max: Amount | None = None
    updated_since: Since | None = Field(None, description="Changed at this moment or after it.")
    include: Literal["", "lines"] = ""
    sort: Literal[
        "-created_at",
        "created_at",
        "-issue_date",
        "issue_date",
        "due_date",
        "-due_date",
        "-number",
        "number",
        "-balance",
        "balance",
        "updated_at",
        "-updated_at",
    ] = "-created_at"
