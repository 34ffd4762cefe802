"""What the statement e-mail is told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from typing import Any

from app.invoices.pdf.words import tax_number
from app.messages.contexts import Row
from app.messages.wordings import phrase
from app.money import Money, format_money
from app.reports.printing import how_late, long_day, period_words
from app.reports.statement_queries import Account


def statement_context(account: Account, page_url: str, logo_url: str | None) -> dict[str, Any]:
    """The context of the `statement` e-mail."""
    business, client, statement, language = account.business, account.client, account.statement, account.language

    def money(minor: int) -> str:
        return format_money(Money.total(minor, account.currency), language)

    first, day = long_day(account.period.first, language), long_day(account.period.last, language)
    late, overdue, credit = how_late(account, language)
    rows: list[Row] = [
        {"label": phrase("balance_before", language, day=first), "amount": money(statement.opening)},
        {"label": phrase("charges", language), "amount": money(statement.charges)},
        {"label": phrase("payments", language), "amount": money(statement.credits)},
        {"label": phrase("balance_on", language, day=day), "amount": money(statement.closing), "strong": True},
    ]
    return {
        "business_name": business.name,
        "colour": business.colour or None,
        "logo_url": logo_url,
        "language": language,
        "footer_lines": _footer(account),
        "period_text": period_words(account.period, language),
        "amount_text": money(abs(statement.closing)),
        "standing_text": phrase("in_your_favour" if statement.closing < 0 else "owed_on", language, day=day),
        "page_url": page_url,
        "client_name": client.name or None,
        "overdue_text": phrase(late, language, overdue=overdue, credit=credit) if late else None,
        "rows": rows,
        "pdf_attached": True,
    }


def _footer(account: Account) -> list[str]:
    business, language = account.business, account.language
    address = ", ".join(line.strip() for line in business.address.splitlines() if line.strip())
    tax = tax_number(business.tax_id, phrase("tax_number", language)) if business.tax_id else ""
    why = phrase("why_documents", language, client=account.client.name)
    return [line for line in (business.legal_name, address, tax, why) if line]
