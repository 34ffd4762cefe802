"""Pages about money that came in, and the door through which gateways bring news of it."""

from flask import Blueprint

blueprint = Blueprint("payments", __name__)

# Each module adds its routes to the blueprint above.
from app.payments.views import listing, page, recording, settings, webhooks  # noqa: E402

__all__ = ["blueprint", "listing", "page", "recording", "settings", "webhooks"]
