"""Pages of reminders: the settings, and what staff decide on an invoice or a client."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.reminders.errors import AlreadyEnded, StepIsOver
from app.web import htmx

blueprint = Blueprint("reminders", __name__)


@blueprint.errorhandler(StepIsOver)
@blueprint.errorhandler(AlreadyEnded)
def come_back(error: StepIsOver | AlreadyEnded) -> ResponseReturnValue:
    """Whoever pressed a button of a page that is no longer true gets the page as it is now, and is told why."""
    at = request.view_args or {}
    if "invoice_id" in at:
        url = url_for("invoices.show", invoice_id=at["invoice_id"])
    elif "client_id" in at:
        url = url_for("reminders.client", client_id=at["client_id"])
    else:
        url = url_for("reminders.settings")
    return htmx.redirect_to(url, str(error))


# Each module adds its routes to the blueprint above.
from app.reminders.views import clients, settings, steps  # noqa: E402

__all__ = ["blueprint", "clients", "settings", "steps"]
