"""Pages about money that came in or went back and about credit, and the door through which gateways bring news."""

from flask import Blueprint

blueprint = Blueprint("payments", __name__)

# Each module adds its routes to the blueprint above.
from app.payments.views import (  # noqa: E402
    cards,
    credit_notes,
    crediting,
    disputes,
    listing,
    many,
    matching,
    page,
    papers,
    receipts,
    recording,
    refunding,
    settings,
    unsettled,
    webhooks,
)

__all__ = [
    "blueprint",
    "cards",
    "credit_notes",
    "crediting",
    "disputes",
    "listing",
    "many",
    "matching",
    "page",
    "papers",
    "receipts",
    "recording",
    "refunding",
    "settings",
    "unsettled",
    "webhooks",
]
