"""Items and taxes, as programs add and change them."""

from app.web.api import rooms_api

blueprint = rooms_api("catalog", "/api", "Items and taxes")

# Each module adds its operations to the blueprint above.
from app.catalog.api import items, taxes  # noqa: E402

__all__ = ["blueprint", "items", "taxes"]
