"""The two parties as a document shows them: copied in at issue, read live on a draft."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

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


BUYER = (
    Client.kind,
    Client.name,
    Client.email,
    Client.phone,
    Client.address,
    Client.country,
    Client.tax_id,
    Client.language,
)
"""What of a client a document shows."""


def buyer_facts(client: Client | Row[Any]) -> dict[str, object]:
    """The client (or a row of BUYER) as a document shows it, copied in at issue."""
    return {column.key: getattr(client, column.key) for column in BUYER}
