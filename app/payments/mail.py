"""What messages about a payment or a saved card are told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date

from app.invoices.mail import footer_lines
from app.invoices.printing import METHOD_WORDS
from app.invoices.queries import InvoiceDocument
from app.messages.wordings import greeting, phrase
from app.money import Money, format_money
from app.payments.models import Attempt, Payment
from app.payments.queries.saved_cards import Card
from app.payments.registry import title_of
from app.payments.rules import card_trouble


def card_problem_context(
    document: InvoiceDocument, attempt: Attempt, card: Card, page_url: str, logo_url: str | None
) -> dict[str, Any]:
    """The context of the `card_problem` e-mail, about a charge that is paused or was given up."""
    seller, client = document.seller, str(document.buyer.get("name") or "")
    business, language = str(seller.get("name") or ""), document.language
    why = phrase("why_card", language, business=business)
    card_words = phrase("card", language, brand=card.brand, last=card.last4) if card.last4 else card.brand
    return {
        "business_name": business,
        "colour": str(seller.get("colour") or "") or None,
        "logo_url": logo_url,
        "language": language,
        "footer_lines": footer_lines(document, why),
        "number": document.number or "",
        "amount_text": format_money(Money(attempt.amount_minor, attempt.currency), document.language),
        "card_text": card_words,
        "why_text": phrase(card_trouble(attempt.state, attempt.reason), language),
        "invoice_url": page_url,
        "client_name": client or None,
        "to_confirm": attempt.state == "paused",
    }


def receipt_context(document: InvoiceDocument, payment: Payment, page_url: str, logo_url: str | None) -> dict[str, Any]:
    """The context of the `receipt` e-mail: a payment that settled the invoice, in part or whole."""
    seller = document.seller
    return {
        "business_name": str(seller.get("name") or ""),
        "colour": str(seller.get("colour") or "") or None,
        "logo_url": logo_url,
        "language": document.language,
        "footer_lines": footer_lines(document),
        "amount_text": _paid(document, payment),
        "paid_text": phrase(
            "paid_on", document.language, day=_day(document, payment), how=_how(document, payment, "how")
        ),
        "invoice_url": page_url,
        "balance_text": format_money(document.balance, document.language) if document.balance.minor else None,
        "rows": [{"label": phrase("reference", document.language), "amount": payment.reference}]
        if payment.reference
        else [],
    }


def receipt_values(document: InvoiceDocument, payment: Payment, page_url: str) -> dict[str, str]:
    """What stands for the names in the wording of a receipt."""
    language, client = document.language, str(document.buyer.get("name") or "")
    return {
        "greeting": greeting(client, language),
        "client_name": client,
        "number": document.number or "",
        "amount": _paid(document, payment),
        "paid_on": _day(document, payment),
        "method": _how(document, payment, "method"),
        "balance": format_money(document.balance, language),
        "business_name": str(document.seller.get("name") or ""),
        "link": page_url,
    }


def _paid(document: InvoiceDocument, payment: Payment) -> str:
    return format_money(Money(payment.amount_minor, payment.currency), document.language)


def _how(document: InvoiceDocument, payment: Payment, standing: str) -> str:
    """The company it came through, or the method: standing alone ("method"), or behind a comma ("how")."""
    method = payment.method if payment.method in METHOD_WORDS else "other"
    return title_of(payment.gateway) or phrase(f"{standing}_{method}", document.language)


def _day(document: InvoiceDocument, payment: Payment) -> str:
    locale = "en_GB" if document.language in ("", "en") else document.language.replace("-", "_")
    return format_date(payment.received_on, "d MMMM y", locale=locale)
