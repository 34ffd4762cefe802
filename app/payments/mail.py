"""What the e-mail about a saved card is told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from app.invoices.mail import footer_lines
from app.invoices.queries import InvoiceDocument
from app.money import Money, format_money
from app.payments.models import Attempt
from app.payments.rules import card_trouble


def card_problem_context(
    document: InvoiceDocument, attempt: Attempt, card_words: str, page_url: str, logo_url: str | None
) -> dict[str, Any]:
    """The context of the `card_problem` e-mail, about a charge that is paused or was given up."""
    seller, client = document.seller, str(document.buyer.get("name") or "")
    business = str(seller.get("name") or "")
    why = f"You get this because you let {business} keep a card to pay its invoices with."
    return {
        "business_name": business,
        "colour": str(seller.get("colour") or "") or None,
        "logo_url": logo_url,
        "footer_lines": footer_lines(document, why),
        "number": document.number or "",
        "amount_text": format_money(Money(attempt.amount_minor, attempt.currency), document.language),
        "card_text": card_words,
        "why_text": card_trouble(attempt.state, attempt.reason),
        "invoice_url": page_url,
        "client_name": client or None,
        "to_confirm": attempt.state == "paused",
    }
