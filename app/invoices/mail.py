"""What the invoice e-mail is told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date

from app.invoices.queries.documents import InvoiceDocument
from app.messages.contexts import Row
from app.money import Money, format_money

SHOWN_ROWS = 6


def invoice_context(
    document: InvoiceDocument, pay_url: str, *, can_pay_online: bool, logo_url: str | None
) -> dict[str, Any]:
    """The context of the `invoice` e-mail."""
    seller, language = document.seller, document.language
    lines = [(line.title, line.amount) for line in document.lines[:SHOWN_ROWS]]
    hidden = len(document.lines) - len(lines)
    after = [("Discount", -document.document_discount)] if document.document_discount.minor else []
    after += [(tax.name, tax.amount) for tax in document.taxes if not tax.inclusive]
    if document.paid.minor:
        after.append(("Paid", -document.paid))
    rows: list[Row] = [{"label": label, "amount": _money(money, language)} for label, money in lines]
    rows += [{"label": label, "amount": _money(money, language), "after": True} for label, money in after]
    rows.append({"label": "Amount due", "amount": _money(document.balance, language), "strong": True})
    return {
        "business_name": str(seller.get("name") or ""),
        "colour": str(seller.get("colour") or "") or None,
        "logo_url": logo_url,
        "footer_lines": footer_lines(document),
        "number": document.number or "",
        "amount_text": _money(document.balance, language),
        "due_text": "due " + _day(document, language),
        "pay_url": pay_url,
        "client_name": str(document.buyer.get("name") or "") or None,
        "can_pay_online": can_pay_online,
        "rows": rows,
        "more_rows_text": f"and {hidden} more in the PDF" if hidden > 0 else None,
        "note": document.notes or None,
        "pdf_attached": True,
        "bank_text": bank_text(document),
    }


def bank_text(document: InvoiceDocument) -> str | None:
    """The sentence that says how to pay by transfer, or None without bank details."""
    details = document.seller.get("bank_details") or ()
    if not details:
        return None
    listed = ", ".join(f"{row['label']} {row['value']}" for row in details)
    return f"Or pay by transfer: {listed}. Say {document.number}."


def footer_lines(document: InvoiceDocument) -> list[str]:
    """Who writes and from where, one line each."""
    seller = document.seller
    address = ", ".join(line.strip() for line in str(seller.get("address") or "").splitlines() if line.strip())
    tax = f"Tax number {seller['tax_id']}" if seller.get("tax_id") else ""
    return [line for line in (str(seller.get("legal_name") or ""), address, tax) if line]


def _money(money: Money, language: str) -> str:
    return format_money(money, language)


def _day(document: InvoiceDocument, language: str) -> str:
    locale = "en_GB" if language in ("", "en") else language.replace("-", "_")
    return format_date(document.due_date, "EEEE d MMMM y", locale=locale)
