"""What messages about an invoice are told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date

from app.invoices.pdf.words import tax_number
from app.invoices.printing import percent
from app.invoices.queries.documents import DocumentLine, InvoiceDocument
from app.messages.contexts import Row
from app.messages.wordings import days_in_words, greeting, phrase
from app.money import InexactAmount, Money, format_money

SHOWN_ROWS = 6


def invoice_context(
    document: InvoiceDocument, pay_url: str, *, can_pay_online: bool, logo_url: str | None, stop_url: str = ""
) -> dict[str, Any]:
    """The context of the `invoice` e-mail, which is that of a reminder, too; `stop_url` is where reminders end."""
    seller, language = document.seller, document.language
    settled = document.state == "paid"
    lines = [(_line_words(line, document), line.amount) for line in document.lines[:SHOWN_ROWS]]
    hidden = len(document.lines) - len(lines)
    after = [(phrase("discount", language), -document.document_discount)] if document.document_discount.minor else []
    after += [(f"{tax.name} {percent(tax.rate)}", tax.amount) for tax in document.taxes if not tax.inclusive]
    if document.paid.minor:
        after.append((phrase("paid", language), -document.paid))
    if document.credited.minor:
        after.append((phrase("credited", language), -document.credited))
    rows: list[Row] = [{"label": label, "amount": _money(money, language)} for label, money in lines]
    rows += [{"label": label, "amount": _money(money, language), "after": True} for label, money in after]
    due = phrase("amount_due", language)
    rows.append({"label": due, "amount": _money(document.balance, language), "strong": True})
    return {
        "business_name": str(seller.get("name") or ""),
        "colour": str(seller.get("colour") or "") or None,
        "logo_url": logo_url,
        "language": language,
        "footer_lines": footer_lines(document),
        "amount_text": _money(document.total if settled else document.balance, language),
        "due_text": _due_words(document),
        "settled": settled,
        "pay_url": pay_url,
        "can_pay_online": can_pay_online,
        "rows": rows,
        "more_rows_text": phrase("more_rows", language, count=hidden) if hidden > 0 else None,
        "note": document.notes or None,
        "pdf_attached": True,
        "stop_url": stop_url or None,
        "bank_rows": bank_rows(document),
    }


def invoice_values(document: InvoiceDocument, page_url: str) -> dict[str, str]:
    """What stands for the names in the wording of an invoice or of a reminder of it."""
    language, client = document.language, str(document.buyer.get("name") or "")
    return {
        "greeting": greeting(client, language),
        "client_name": client,
        "number": document.number or "",
        "amount": _money(document.total if document.state == "paid" else document.balance, language),
        "total": _money(document.total, language),
        "due": _due_words(document),
        "due_date": _day(document, language),
        "days": days_in_words((document.due_date - document.today).days, language),
        "business_name": str(document.seller.get("name") or ""),
        "link": page_url,
    }


def by_now(document: InvoiceDocument) -> str:
    """What a message about an invoice tells when something of it is settled, for whoever sends it; else empty."""
    number = document.number or "The invoice"
    if document.state == "paid":
        return f"{number} is paid in full. The message says so and asks for nothing."
    if document.payable and document.balance != document.total:
        return f"Part of {number} is settled. The message asks for the {format_money(document.balance)} that is left."
    return ""


def bank_rows(document: InvoiceDocument) -> list[Row]:
    """Where a transfer goes and with what reference; empty without bank details, and when nothing is due."""
    details = document.seller.get("bank_details") or ()
    if not details or not document.payable:
        return []
    rows: list[Row] = [{"label": str(row["label"]), "amount": str(row["value"])} for row in details]
    reference = phrase("reference", document.language)
    return [*rows, {"label": reference, "amount": document.number or "", "strong": True}]


def footer_lines(document: InvoiceDocument, why: str = "") -> list[str]:
    """Who writes, from where and why, one line each. Without `why`: because the client's invoices go there."""
    seller = document.seller
    address = ", ".join(line.strip() for line in str(seller.get("address") or "").splitlines() if line.strip())
    word = phrase("tax_number", document.language)
    tax = tax_number(str(seller["tax_id"]), word) if seller.get("tax_id") else ""
    client = str(document.buyer.get("name") or "")
    if client and not why:
        why = phrase("why_invoices", document.language, client=client)
    return [line for line in (str(seller.get("legal_name") or ""), address, tax, why) if line]


def _due_words(document: InvoiceDocument) -> str:
    if document.state == "paid":
        return phrase("paid_in_full", document.language)
    name = "was_due" if document.overdue else "due"
    return phrase(name, document.language, day=_day(document, document.language))


def _line_words(line: DocumentLine, document: InvoiceDocument) -> str:
    """What was sold, and how it comes to its amount when there is more than one of it or something is taken off."""
    off = ""
    if line.discount.minor:
        taken = _money(-line.discount, document.language)
        off = f", {_discount(line, document.language)} {taken}".replace(" ", "\N{NO-BREAK SPACE}")
        off = off.replace("\N{NO-BREAK SPACE}", " ", 1)
    if line.quantity == 1 and not off:
        return line.title
    try:
        price = _money(Money.of(line.unit_price, document.currency), document.language)
    except InexactAmount:
        price = f"{line.unit_price:f}"
    unit = f" {line.unit}" if line.unit else ""
    return f"{line.title}, " + f"{line.quantity:f}{unit} × {price}".replace(" ", "\N{NO-BREAK SPACE}") + off


def _discount(line: DocumentLine, language: str) -> str:
    if line.discount_kind == "percent" and line.discount_value is not None:
        return phrase("discount_percent", language, percent=percent(line.discount_value))
    return phrase("discount", language)


def _money(money: Money, language: str) -> str:
    return format_money(money, language)


def _day(document: InvoiceDocument, language: str) -> str:
    locale = "en_GB" if language in ("", "en") else language.replace("-", "_")
    return format_date(document.due_date, "EEEE d MMMM y", locale=locale)
