"""From an invoice's document to what the PDF renderer takes: words, labels, lines of an address. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app import clock
from app.invoices.pdf.words import tax_number
from app.invoices.queries.documents import DocumentLine, InvoiceDocument
from app.invoices.queries.paid import CREDIT_NOTE, PaidRow
from app.invoices.rules import term_label

if TYPE_CHECKING:
    from app.invoices.pdf.document import Business, Party, PrintedDocument

METHOD_WORDS = {
    "cash": "Cash",
    "transfer": "Bank transfer",
    "cheque": "Cheque",
    "card_terminal": "Card terminal",
    "mobile_money": "Mobile money",
    "gateway": "Online payment",
    "credit": "Credit on account",
    CREDIT_NOTE: "Credit note",
    "other": "Payment",
}
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def printed(document: InvoiceDocument, logo_png: bytes | None, pay_url: str | None) -> PrintedDocument:
    """The canonical input of the renderer for one invoice; equal documents give equal inputs."""
    seller = document.seller
    payable = document.payable and pay_url is not None
    return {
        "kind": "invoice",
        "status": _status(document),
        "number": document.number or "",
        "currency": document.currency,
        "locale": locale_on_paper(document.language),
        "rtl": right_to_left(document.language),
        "paper": "letter" if seller.get("paper") == "letter" else "a4",
        "words": dict(document.words),
        "business": business_on_paper(seller, logo_png),
        "client": client_on_paper(document.buyer),
        "issue_date": document.issue_date.isoformat(),
        "due_date": document.due_date.isoformat(),
        "void_date": clock.day_in(document.voided_at, document.timezone).isoformat() if document.voided_at else None,
        "closed_date": document.written_off.on.isoformat() if document.written_off else None,
        "terms_label": _term(document),
        "corrects": "",
        "replaced_by": document.replaced_by,
        "reference": document.po_number,
        "period": "",
        "tax_label": document.taxes[0].name if len({tax.name for tax in document.taxes}) == 1 else "Tax",
        "lines": [_line(line) for line in document.lines],  # type: ignore[typeddict-item]
        "subtotal_minor": document.subtotal.minor - document.line_discount.minor,
        "discounts": _discounts(document),  # type: ignore[typeddict-item]
        "taxes": [
            {
                "label": f"{tax.name} {percent(tax.rate)}",
                "base_minor": tax.base.minor,
                "amount_minor": tax.amount.minor,
                "inclusive": tax.inclusive,
            }
            for tax in document.taxes
        ],
        "total_minor": document.total.minor,
        "payments": [_payment(row) for row in document.payments],  # type: ignore[typeddict-item]
        "closed_minor": document.written_off.amount.minor if document.written_off else 0,
        "balance_minor": document.balance.minor,
        "bank": _bank(document),  # type: ignore[typeddict-item]
        "pay_url": pay_url if payable else None,
        "pay_label": "Scan the code, or open" if payable else "",
        "notes": document.notes,
        "footer": str(seller.get("footer") or ""),
        "received": None,
    }


def business_on_paper(seller: Mapping[str, Any], logo_png: bytes | None) -> Business:
    """Who sends a document, from the facts of `seller_facts`."""
    return {
        "name": str(seller.get("legal_name") or seller.get("name") or ""),
        "lines": _address(seller) + _reach(seller),
        "tax_id": str(seller.get("tax_id") or ""),
        "logo": base64.b64encode(logo_png).decode() if logo_png else None,
        "accent": str(seller.get("colour") or "#0d5960"),
    }


def client_on_paper(buyer: Mapping[str, Any]) -> Party:
    """Who receives it, from the facts of `buyer_facts`."""
    return {"name": str(buyer.get("name") or ""), "lines": _address(buyer) + _tax_id(buyer)}


def locale_on_paper(language: str) -> str:
    """The locale in which figures and dates are printed."""
    return "en_GB" if language in ("", "en") else language.replace("-", "_")


def right_to_left(language: str) -> bool:
    """Whether a language is written from right to left."""
    return language.split("-")[0].split("_")[0] in RIGHT_TO_LEFT


def percent(rate: Decimal) -> str:
    """A rate as printed: 7.5%."""
    return f"{rate:f}%"


def discount_label(kind: str | None, value: Decimal | None) -> str:
    """What a discount is called in print: "Discount 10%", or "Discount" for an amount."""
    return f"Discount {percent(value)}" if kind == "percent" and value is not None else "Discount"


def method_words(method: str) -> str:
    """How a payment was made, as printed."""
    return METHOD_WORDS.get(method, METHOD_WORDS["other"])


def pdf_filename(number: str) -> str:
    """A file name made from an invoice number."""
    return "".join(c if c.isalnum() or c in "-." else "-" for c in number) + ".pdf"


def _status(document: InvoiceDocument) -> Any:
    if document.status in ("draft", "void"):
        return document.status
    if document.written_off:
        # What we gave up is our own affair: on paper it is closed, and not paid.
        return "closed"
    if document.replaced_by:
        return "replaced"
    if document.credited_whole:
        return "credited"
    return {"unpaid": "open"}.get(document.payment_state, document.payment_state)


def _address(party: Mapping[str, Any]) -> list[str]:
    return [line.strip() for line in str(party.get("address") or "").splitlines() if line.strip()]


def _reach(party: Mapping[str, Any]) -> list[str]:
    return [str(party[name]) for name in ("email", "phone") if party.get(name)]


def _tax_id(party: Mapping[str, Any]) -> list[str]:
    return [tax_number(str(party["tax_id"]))] if party.get("tax_id") else []


def _term(document: InvoiceDocument) -> str:
    """How long there is to pay, counted from the two printed dates: a due date may have been set by hand."""
    days = (document.due_date - document.issue_date).days
    if days < 1:
        return term_label(0)
    return f"Within {days} {'day' if days == 1 else 'days'} of issue"


def _bank(document: InvoiceDocument) -> list[dict[str, str]]:
    """Where a transfer goes and with what reference, while money is expected."""
    details = document.seller.get("bank_details") or ()
    if not details or not document.payable:
        return []
    rows = [{"label": str(row["label"]), "value": str(row["value"])} for row in details]
    return [*rows, {"label": "Reference", "value": document.number or ""}]


def _line(line: DocumentLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "detail": line.detail,
        "quantity": f"{line.quantity:f}",
        "unit": line.unit,
        "unit_price": f"{line.unit_price:f}",
        "gross_minor": line.gross.minor,
        "discount_label": discount_label(line.discount_kind, line.discount_value) if line.discount.minor else "",
        "discount_minor": line.discount.minor,
        "amount_minor": line.amount.minor,
        "tax": " + ".join(percent(rate) for _, rate in line.taxes),
    }


def _discounts(document: InvoiceDocument) -> list[dict[str, Any]]:
    if not document.document_discount.minor:
        return []
    label = discount_label(document.discount_kind, document.discount_value)
    return [{"label": label, "amount_minor": document.document_discount.minor}]


def _payment(row: PaidRow) -> dict[str, Any]:
    how = row.method if not row.credit_note or row.corrects else "credit"
    label = " ".join(filter(None, (method_words(how), row.credit_note)))
    return {"label": label, "date": row.on.isoformat(), "amount_minor": row.amount.minor}
