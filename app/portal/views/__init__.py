"""Pages of customers: no account, a link is enough, nothing that needs a script."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)

# Each module adds its routes to the blueprint above.
from app.portal.views import cards, invoice, paying, preview, printed, promising, returning, statement, stopping  # noqa: E402

__all__ = [
    "blueprint",
    "cards",
    "invoice",
    "paying",
    "preview",
    "printed",
    "promising",
    "returning",
    "statement",
    "stopping",
]
