"""Pages of people and businesses: doors, account, members, settings."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__)

# Each module adds its routes to the blueprint above.
from app.auth.views import account, doors, invitations, mailed, members, message_texts, presence, settings, tokens  # noqa: E402  # noqa: E402

__all__ = ["account", "blueprint", "doors", "invitations", "mailed", "members", "message_texts"]
__all__ += ["presence", "settings", "tokens"]
