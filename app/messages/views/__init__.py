"""Pages of messages: the ledger for staff, what providers fetch and call, and the mailbox of development."""

from flask import Blueprint

from app.messages.views.mailbox import mount

blueprint = Blueprint("messages", __name__)

# Each module adds its routes to the blueprint above.
from app.messages.views import hooks, ledger, resending  # noqa: E402

__all__ = ["blueprint", "hooks", "ledger", "mount", "resending"]
