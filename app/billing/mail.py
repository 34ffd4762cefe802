"""What a notice of a price is told: finished text, formatted in the reader's language. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date

from app.auth.models import Business
from app.billing.queries.affected import Payer
from app.billing.rules.plans import cycle_words
from app.clients.models import Client
from app.messages.wordings import greeting, phrase
from app.money import Money, format_money


def price_values(business: Business, client: Client, payer: Payer, plan: str, since: date, url: str) -> dict[str, str]:
    """What stands for the names in the wording of a notice."""
    language = language_of(business, client)
    return {
        "greeting": greeting(client.name, language),
        "client_name": client.name,
        "plan": plan,
        "old_price": _money(payer.before, language),
        "new_price": _money(payer.after, language),
        "since": str(format_date(since, "d MMMM y", locale=language.replace("-", "_"))),
        "cycle": cycle_words(payer.cycle.unit, payer.cycle.count),
        "business_name": business.name,
        "link": url,
    }


def price_context(business: Business, client: Client, values: dict[str, str]) -> dict[str, Any]:
    """The context of the `price_change` e-mail."""
    language = language_of(business, client)
    address = ", ".join(line.strip() for line in business.address.splitlines() if line.strip())
    why = phrase("why_plan", language, client=client.name)
    return {
        "business_name": business.name,
        "colour": business.colour or None,
        "language": language,
        "footer_lines": [line for line in (business.legal_name, address, why) if line],
        "amount_text": values["new_price"],
        "from_text": phrase("price_from", language, cycle=values["cycle"], day=values["since"]),
        "page_url": values["link"],
        "rows": [{"label": phrase("price_until_then", language), "amount": values["old_price"]}],
    }


def language_of(business: Business, client: Client) -> str:
    """In which language a client is written to."""
    return client.language or business.language


def _money(money: Money, language: str) -> str:
    return format_money(money, language)
