"""Made-up facts for each kind of message, for whoever words it before there is anything to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.messages.contexts import Row
from app.messages.kinds import KINDS, examples
from app.messages.wordings import phrase

_SHARE = "₦24,000.00"


def example(kind: str, business_name: str, colour: str | None, language: str) -> tuple[dict[str, str], dict[str, Any]]:
    """(values, context) of a message of the kind that a business of this name and colour (`#rrggbb`) could send.

    The facts are in English; what the frame says is in the `language`.
    """
    values = examples(kind)
    if "business_name" in values:
        values["business_name"] = business_name
    context = _CONTEXTS[KINDS[kind].frame](kind, values, language)
    return values, {"business_name": business_name, "colour": colour, "language": language, **context}


def _invoice(kind: str, values: Mapping[str, str], language: str) -> dict[str, Any]:
    late = kind in ("reminder_overdue", "reminder_last", "suspension_warning")
    due = phrase("was_due" if late else "due", language, day=values["due_date"])
    rows: list[Row] = [
        {"label": "Dedicated fibre 100 Mbps", "amount": "₦320,000.00"},
        {"label": "VAT 7.5 %", "amount": _SHARE, "after": True},
        {"label": phrase("amount_due", language), "amount": values["amount"], "strong": True},
    ]
    return {"amount_text": values["amount"], "due_text": due, "pay_url": values["link"], "rows": rows}


def _receipt(_kind: str, values: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "amount_text": values["amount"],
        "paid_text": phrase("paid_on", language, day=values["paid_on"], how=phrase("how_transfer", language)),
        "invoice_url": values["link"],
        "balance_text": values["balance"],
    }


def _suspension(kind: str, values: Mapping[str, str], language: str) -> dict[str, Any]:
    told = {"service_text": values["service"], "suspend_text": phrase("suspended", language, day=values["suspend_on"])}
    return _invoice(kind, values, language) | told


def _price_change(_kind: str, values: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "amount_text": values["new_price"],
        "from_text": phrase("price_from", language, cycle=values["cycle"], day=values["since"]),
        "page_url": values["link"],
        "rows": [{"label": phrase("price_until_then", language), "amount": values["old_price"]}],
    }


def _password(_kind: str, values: Mapping[str, str], _language: str) -> dict[str, Any]:
    return {"reset_url": values["link"], "expires_text": values["lasts"]}


def _invitation(_kind: str, values: Mapping[str, str], _language: str) -> dict[str, Any]:
    return {
        "inviter_name": values["inviter_name"],
        "role_text": values["role"],
        "accept_url": values["link"],
        "expires_text": values["lasts"],
    }


_CONTEXTS = {
    "invoice": _invoice,
    "receipt": _receipt,
    "suspension_warning": _suspension,
    "price_change": _price_change,
    "reset_password": _password,
    "invitation": _invitation,
}
