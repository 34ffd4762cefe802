"""The two parties as a document shows them: copied in at issue, read live on a draft."""

from __future__ import annotations

from app.auth.models import Business
from app.clients.models import Client


def seller_facts(business: Business) -> dict[str, object]:
    """The business as a document shows it, copied in at issue."""
    names = (
        "name",
        "legal_name",
        "email",
        "phone",
        "address",
        "country",
        "tax_id",
        "logo_key",
        "colour",
        "footer",
        "paper",
    )
    return {name: getattr(business, name) for name in names} | {"bank_details": list(business.bank_details)}


def buyer_facts(client: Client) -> dict[str, object]:
    """The client as a document shows it, copied in at issue."""
    names = ("kind", "name", "email", "phone", "address", "country", "tax_id", "language")
    return {name: getattr(client, name) for name in names}
