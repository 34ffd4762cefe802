"""What the statement e-mail is told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from app.invoices.pdf.words import tax_number
from app.messages.contexts import Row
from app.money import Money, format_money
from app.reports.printing import late_words, long_day, period_words
from app.reports.statement_queries import Account


def statement_context(account: Account, page_url: str, logo_url: str | None) -> dict[str, Any]:
    """The context of the `statement` e-mail."""
    business, client, statement, language = account.business, account.client, account.statement, account.language

    def money(minor: int) -> str:
        return format_money(Money.total(minor, account.currency), language)

    day = long_day(account.period.last, language)
    rows: list[Row] = [
        {"label": f"Balance before {long_day(account.period.first, language)}", "amount": money(statement.opening)}
    ]
    rows.append({"label": "Charges", "amount": money(statement.charges)})
    rows.append({"label": "Payments and credits", "amount": money(statement.credits)})
    rows.append({"label": f"Balance on {day}", "amount": money(statement.closing), "strong": True})
    return {
        "business_name": business.name,
        "colour": business.colour or None,
        "logo_url": logo_url,
        "footer_lines": _footer(account),
        "period_text": period_words(account.period, language),
        "amount_text": money(abs(statement.closing)),
        "standing_text": _standing(statement.closing, day),
        "page_url": page_url,
        "client_name": client.name or None,
        "overdue_text": late_words(account, language) or None,
        "rows": rows,
        "pdf_attached": True,
    }


def _standing(closing: int, day: str) -> str:
    """How the amount is meant: it has no sign."""
    if closing < 0:
        return f"in your favour on {day}"
    return f"owed on {day}"


def _footer(account: Account) -> list[str]:
    business = account.business
    address = ", ".join(line.strip() for line in business.address.splitlines() if line.strip())
    tax = tax_number(business.tax_id) if business.tax_id else ""
    why = f"You get this because documents for {account.client.name} are sent to this address."
    return [line for line in (business.legal_name, address, tax, why) if line]
