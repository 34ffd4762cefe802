"""What the renderer prints: one JSON-able value with every figure already computed by the engine.

Money is integer minor units of `currency` (kobo, cents), never recomputed here; positive unless a field says otherwise.
Dates are ISO (`2026-11-20`). Texts are plain text typed by people and are never trusted: they are escaped, control
characters go, a newline breaks the line. Every key is required; "" or [] or None means "nothing to print".
"""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from app.invoices.pdf.errors import BadDocument

_STRICT = ConfigDict(extra="forbid", strict=True)
Minor = Annotated[int, Field(ge=-(10**15), le=10**15)]
"""Minor units of the document's currency."""
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""An ISO date."""
DecimalText = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,6})?$")]
"""A decimal with at most six places, as text: `12.5`."""


@with_config(_STRICT)
class Business(TypedDict):
    """Who sends the document, as it was on the day of issue."""

    name: str
    lines: list[str]  # address, e-mail, telephone: one printed line each
    tax_id: str  # printed below the address, after the word "Tax number"
    logo: str | None  # a PNG file as base64, RGB on white, at most 460 px wide (see `pictures.py`)
    accent: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]  # colour of the bars and the link


@with_config(_STRICT)
class Party(TypedDict):
    """Who receives it."""

    name: str
    lines: list[str]


@with_config(_STRICT)
class Line(TypedDict):
    """One line of an invoice or a credit note."""

    title: str
    detail: str
    quantity: DecimalText
    unit: str  # "hours"; printed after the quantity
    unit_price: DecimalText  # major units: "9500.00"
    gross_minor: Minor  # quantity times price, before the line's discount
    discount_label: str  # "Discount 10%"; "" for none
    discount_minor: Minor  # how much it takes off; 0 for none
    amount_minor: Minor  # what the line comes to
    tax: str  # "7.5%"; "" for a line without tax


@with_config(_STRICT)
class Discount(TypedDict):
    """A discount on the whole document."""

    label: str
    amount_minor: Minor  # how much it takes off


@with_config(_STRICT)
class Tax(TypedDict):
    """One row of the tax summary."""

    label: str  # "VAT 7.5%"
    base_minor: Minor
    amount_minor: Minor
    inclusive: bool  # already inside the prices: printed below the total as "Includes ..."


@with_config(_STRICT)
class Paid(TypedDict):
    """Money or credit that counts towards this invoice."""

    label: str  # "Card ending 4081"
    date: Day
    amount_minor: Minor


@with_config(_STRICT)
class BankDetail(TypedDict):
    """One row of the bank details: Bank, Account number, IBAN, Reference."""

    label: str
    value: str


@with_config(_STRICT)
class Allocation(TypedDict):
    """What a payment did for one invoice. Receipts only."""

    number: str
    issue_date: Day
    total_minor: Minor
    paid_minor: Minor  # the part of this payment that went here
    left_minor: Minor  # still due on that invoice afterwards


@with_config(_STRICT)
class SentBack(TypedDict):
    """What of a payment went back to whoever paid it. Receipts only."""

    label: Literal["Given back", "On its way back", "Taken back by the bank"]
    date: Day
    amount_minor: Minor


@with_config(_STRICT)
class Received(TypedDict):
    """The payment a receipt acknowledges."""

    amount_minor: Minor
    date: Day
    method: str  # "Card ending 4081, through Paystack"
    reference: str  # the gateway's or the bank's reference
    allocations: list[Allocation]
    allocated_minor: Minor  # the sum of what went to invoices
    sent_back: list[SentBack]  # oldest first
    credit_minor: Minor  # what of it is the client's credit now


@with_config(_STRICT)
class PrintedDocument(TypedDict):
    """An invoice, a credit note or a receipt, ready to print."""

    kind: Literal["invoice", "credit_note", "receipt"]
    status: Literal["draft", "open", "part_paid", "paid", "void", "credited", "replaced", "closed"]
    # credited: taken back by credit notes; replaced: and another one was issued in its place;
    # closed: not paid, nor asked for any more
    number: str  # "" on a draft, and never printed on one
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")]  # numbers and dates: "en_NG"
    rtl: bool  # right-to-left page (Arabic)
    paper: Literal["a4", "letter"]
    words: dict[str, str]  # translations of `words.WORDS`
    business: Business
    client: Party
    issue_date: Day | None
    due_date: Day | None
    void_date: Day | None
    closed_date: Day | None
    terms_label: str  # "Within 14 days of issue"; stands under the due date
    corrects: str  # credit notes: the number of the invoice they correct
    replaced_by: str  # the number of the invoice in its place; "" unless replaced
    reference: str  # the client's purchase order
    period: str  # "November 2026"
    tax_label: str  # "VAT": head of the tax column
    lines: list[Line]
    subtotal_minor: Minor  # the lines added up, before document discounts
    discounts: list[Discount]
    taxes: list[Tax]
    total_minor: Minor
    payments: list[Paid]  # oldest first
    closed_minor: Minor  # what was not paid and is not asked for any more; 0 unless closed
    balance_minor: Minor
    bank: list[BankDetail]
    pay_url: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=1000)] | None  # link and QR
    pay_label: str  # "Card, transfer or USSD"
    notes: str
    footer: str  # registered name and numbers, at the foot of each page
    received: Received | None  # receipts only


@functools.cache
def _adapter() -> TypeAdapter[PrintedDocument]:
    return TypeAdapter(PrintedDocument)


def check(doc: PrintedDocument) -> PrintedDocument:
    """The document itself, when its shape is right. Raises BadDocument, naming the fields and never their values."""
    try:
        _adapter().validate_python(doc)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise BadDocument("; ".join(found[:5])) from None
    if (doc["kind"] == "receipt") != (doc["received"] is not None):
        raise BadDocument("received: a receipt has it and nothing else does")
    return doc
