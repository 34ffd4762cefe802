"""Pages of clients: the list, one client, and the choices an invoice editor offers."""

from flask import Blueprint

blueprint = Blueprint("clients", __name__)

# Each module adds its routes to the blueprint above.
from app.clients.views import archiving, pages, picking  # noqa: E402

__all__ = ["archiving", "blueprint", "pages", "picking"]
