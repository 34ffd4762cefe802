"""Pages of reminders: the settings, and what staff decide on an invoice or a client."""

from flask import Blueprint

blueprint = Blueprint("reminders", __name__)

# Each module adds its routes to the blueprint above.
from app.reminders.views import clients, settings, steps  # noqa: E402

__all__ = ["blueprint", "clients", "settings", "steps"]
