"""What a customer's page says about an invoice: how it stands, what each line is, how the sums add up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_skeleton

from app.clock import day_in
from app.invoices.queries import DocumentLine, InvoiceDocument, PaidRow
from app.money import InexactAmount, Money, format_money, plain
from app.web.filters import due_words, locale_of, quantity_words, rate_words

SOON_DAYS = 3
FEWEST_DIGITS = 4
"""A text with fewer is the name of a bank or a branch."""

# An account number or an IBAN: digits in groups, perhaps behind a country.
_NUMBER = re.compile(r"[A-Z]{0,2}[0-9][0-9A-Z]*(?: [0-9A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Badge:
    """The pill below the amount: a class of the style sheet, a ring of the shared pictures, words and the day."""

    kind: str
    ring: str
    words: str
    day: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sums; `strong` is a total."""

    label: str
    money: Money
    strong: bool = False


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line for a transfer; `copied` is what a banking app wants pasted, empty for what one only reads."""

    label: str
    value: str
    copied: str = ""


def hour_of(row: PaidRow, timezone: str) -> datetime | None:
    """When an online payment was made, if we heard of it on that day; None when only the day is known."""
    known = row.through and row.booked_at and day_in(row.booked_at, timezone) == row.on
    return row.booked_at if known else None


def badge(document: InvoiceDocument) -> Badge:
    """How an open invoice stands: 6 days overdue, due tomorrow, due in 12 days, with the day itself."""
    skeleton = "MMMMEd" if document.due_date.year == document.today.year else "yMMMMEd"
    day = format_skeleton(skeleton, document.due_date, locale=locale_of(document.language))
    words = due_words(document.due_date, document.today)
    if document.overdue:
        return Badge("over", "over", words, day)
    if (document.due_date - document.today).days <= SOON_DAYS:
        return Badge("soon", "soon", words, day)
    return Badge("", "open", words, day)


def sums(document: InvoiceDocument) -> list[Row]:
    """Subtotal, discount, taxes, total, and what was paid when that is not all of it, credited, or closed unpaid."""
    rows = [Row("Subtotal", document.subtotal - document.line_discount)]
    if document.document_discount.minor:
        rows.append(Row("Discount", -document.document_discount))
    for tax in document.taxes:
        words = f"{tax.name} {rate_words(tax.rate, document.language)}"
        rows.append(Row(f"{words}, included" if tax.inclusive else words, tax.amount))
    rows.append(Row("Total", document.total, strong=True))
    off = document.written_off
    if document.paid.minor and (document.balance.minor or off or document.credited.minor):
        rows.append(Row("Paid", -document.paid))
    if document.credited.minor:
        rows.append(Row("Credited", -document.credited))
    if off:
        rows.append(Row("Closed unpaid", -off.amount))
    if off or document.credited.minor or (document.paid.minor and document.balance.minor):
        rows.append(Row("Still to pay", document.balance, strong=True))
    return rows


def bank_rows(document: InvoiceDocument) -> list[BankRow]:
    """Where to send a transfer, how much and with what reference; empty for a business without bank details."""
    details = document.seller.get("bank_details") or ()
    if not details:
        return []
    rows = [BankRow(row["label"], row["value"], _for_pasting(row["value"])) for row in details]
    amount = format_money(document.balance, document.language)
    number = document.number or ""
    return [*rows, BankRow("Amount", amount, f"{document.balance.decimal:f}"), BankRow("Reference", number, number)]


def _for_pasting(value: str) -> str:
    """An account number without the gaps that are there for the eye; a name is not worth a button."""
    if sum(letter.isdigit() for letter in value) < FEWEST_DIGITS:
        return ""
    return "".join(value.split()) if _NUMBER.fullmatch(value) else value


def line_words(line: DocumentLine, currency: str, language: str) -> str:
    """How a line comes to its amount, "4 × 10,000.00, discount 500.00"; empty when the amount says it all."""
    parts = []
    if line.quantity != 1:
        unit = f" {line.unit}" if line.unit else ""
        parts.append(f"{quantity_words(line.quantity, language)}{unit} × {_price(line, currency, language)}")
    if line.discount.minor:
        parts.append(f"discount {plain(line.discount, language)}")
    return ", ".join(parts)


def _price(line: DocumentLine, currency: str, language: str) -> str:
    try:
        return plain(Money.of(line.unit_price, currency), language)
    except InexactAmount:
        return quantity_words(line.unit_price, language)
