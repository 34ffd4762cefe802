"""Pages of items and taxes."""

from flask import Blueprint

blueprint = Blueprint("catalog", __name__)

# Each module adds its routes to the blueprint above.
from app.catalog.views import archiving, items, taxes  # noqa: E402

__all__ = ["archiving", "blueprint", "items", "taxes"]
