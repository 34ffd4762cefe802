"""What a customer's page says about an invoice: how it stands, what each line is, how the sums add up."""

from __future__ import annotations

from dataclasses import dataclass

from babel.dates import format_skeleton

from app.invoices.queries import DocumentLine, InvoiceDocument
from app.money import InexactAmount, Money, plain
from app.web.filters import due_words, locale_of, quantity_words, rate_words

SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Badge:
    """The pill below the amount: a class of the style sheet, a ring of the shared pictures, and words."""

    kind: str
    ring: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sums; `strong` is a total."""

    label: str
    money: Money
    strong: bool = False


def badge(document: InvoiceDocument) -> Badge:
    """How an open invoice stands: 6 days overdue, due tomorrow, due in 12 days, with the day itself."""
    skeleton = "MMMMEd" if document.due_date.year == document.today.year else "yMMMMEd"
    day = format_skeleton(skeleton, document.due_date, locale=locale_of(document.language))
    words = f"{due_words(document.due_date, document.today)}, {day}"
    if document.overdue:
        return Badge("over", "over", words)
    if (document.due_date - document.today).days <= SOON_DAYS:
        return Badge("soon", "soon", words)
    return Badge("", "open", words)


def sums(document: InvoiceDocument) -> list[Row]:
    """Subtotal, discount, taxes, total, and what was paid when that is not all of it."""
    rows = [Row("Subtotal", document.subtotal - document.line_discount)]
    if document.document_discount.minor:
        rows.append(Row("Discount", -document.document_discount))
    for tax in document.taxes:
        words = f"{tax.name} {rate_words(tax.rate, document.language)}"
        rows.append(Row(f"{words}, included" if tax.inclusive else words, tax.amount))
    rows.append(Row("Total", document.total, strong=True))
    if document.paid.minor and document.balance.minor:
        rows += [Row("Paid", -document.paid), Row("Still to pay", document.balance, strong=True)]
    return rows


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
